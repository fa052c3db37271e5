#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "experiment/generators.hpp"
#include "experiment/read.hpp"

using descent::Value;
using Kind = Value::Kind;

TEST_CASE("what is written reads back the same") {
  CHECK(rc::check([] {
    const Value value = *any_value();
    RC_ASSERT(read(descent::experiment::to_yaml(value)) == value);
  }));
}

TEST_CASE("a text with a variable in it comes back unreplaced") {
  for (const char* text : {"${HOME}", "$${HOME}", "a ${", "$$${x} ${y}", "$"}) {
    CHECK(read(descent::experiment::to_yaml(Value::of(text))) == Value::of(text));
    CHECK(read(descent::experiment::to_yaml(Value::map({{"a", Value::list({Value::of(text)}), {}}})))
              .find("a")
              ->items()[0] == Value::of(text));
  }
}

// The value with kinds spelled out; the Python program below says the same of what PyYAML reads.
static std::string spelled(const Value& value) {
  const auto hex = [](const std::string& text) {
    std::string digits;
    for (const char c : text) {
      char pair[3];
      std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
      digits += pair;
    }
    return digits;
  };
  switch (value.kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Kind::integer:
      return "i" + std::to_string(value.integer());
    case Kind::number: {
      char text[64];
      std::snprintf(text, sizeof text, "n%.17g", value.number());
      return text;
    }
    case Kind::text:
      return "t" + hex(value.text());
    case Kind::list: {
      std::vector<std::string> items;
      for (const Value& item : value.items()) items.push_back(spelled(item));
      return "[" + descent::join(items) + "]";
    }
    case Kind::map: {
      std::vector<std::string> entries;
      for (const auto& entry : value.entries())
        entries.push_back("t" + hex(entry.key) + "=" + spelled(entry.value));
      return "{" + descent::join(entries) + "}";
    }
  }
  return "";
}

static const char* const python_program = R"(
import sys, yaml
def spelled(v):
    if v is None: return 'null'
    if v is True: return 'true'
    if v is False: return 'false'
    if isinstance(v, int): return 'i%d' % v
    if isinstance(v, float): return 'n%.17g' % v
    if isinstance(v, str): return 't' + v.encode('utf-8').hex()
    if isinstance(v, list): return '[' + ', '.join(spelled(x) for x in v) + ']'
    if isinstance(v, dict): return '{' + ', '.join(spelled(k) + '=' + spelled(x) for k, x in v.items()) + '}'
    return 'unexpected ' + repr(v)
with open(sys.argv[1], encoding='utf-8', newline='') as f:
    for text in f.read().split('\x00')[:-1]:
        try: print(spelled(yaml.safe_load(text)))
        except Exception as e: print('error', repr(str(e)))
)";

TEST_CASE("PyYAML reads what is written with the same types and values") {
  std::vector<Value> values;
  for (int i = 0; i < 3000; ++i)
    values.push_back(any_value()(rc::Random(static_cast<std::uint64_t>(i)), 30).value());
  const auto folder = std::filesystem::temp_directory_path() / ("descent_yaml." + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  {
    std::ofstream program(folder / "spelled.py"), texts(folder / "texts", std::ios::binary);
    program << python_program;
    for (const Value& value : values) texts << descent::experiment::to_yaml(value) << '\0';
  }
  const std::string command = "/usr/bin/python3 '" + (folder / "spelled.py").string() + "' '" +
                              (folder / "texts").string() + "' > '" + (folder / "out").string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream out(folder / "out");
  std::string line;
  std::size_t compared = 0;
  for (const Value& value : values) {
    REQUIRE(std::getline(out, line));
    INFO(descent::experiment::to_yaml(value));
    REQUIRE(line == spelled(value));
    ++compared;
  }
  CHECK(compared == values.size());
  std::filesystem::remove_all(folder);
}

TEST_CASE("a resolved experiment reads as a person would write it") {
  const std::string text = R"(name: gan_ring
dataset: {plugin: gaussian_ring, modes: 8, radius: 1.0, stddev: 0.01}
model:
  plugin: gan
  latent: 2
  generator: {hidden: [128, 128], activation: relu, initializer: glorot_uniform, batch_norm: false}
  discriminator: {hidden: [128, 128], activation: leaky_relu}
optimizer:
  '*.bias':
    - {plugin: clip_norm, max: 1.0}
    - plugin: adam
      learning_rate: {schedule: cosine, from: 0.001, to: 0.0, steps: 10000}
      betas: [[0.0, 0.9], [0.5, 0.999]]
      beta1: 0.5
      history: {learning_rate: {schedule: cosine, from: 0.001}}
trainer:
  batch_size: 128
  steps: 20 epochs
  turns: [{discriminator: 1}, {generator: 1}]
metrics: []
)";
  CHECK(descent::experiment::to_yaml(read(text)) == text);
}

TEST_CASE("a text that is not UTF-8 is not written") {
  CHECK_THROWS_WITH(descent::experiment::to_yaml(Value::of("a\xff")),
                    Catch::Contains("not UTF-8 from byte 2"));
}

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <string>

#include "descent/experiment/merge.hpp"
#include "experiment/load.hpp"
#include "experiment/read.hpp"

// Pieces that mean something to YAML or to an experiment, so that mutations get further than noise does.
static rc::Gen<std::string> piece() {
  return rc::gen::elementOf(std::vector<std::string>{"\n",
                                                     " ",
                                                     "  ",
                                                     ":",
                                                     ": ",
                                                     "- ",
                                                     "[",
                                                     "]",
                                                     "{",
                                                     "}",
                                                     ",",
                                                     "&a ",
                                                     "*a",
                                                     "!!int ",
                                                     "'",
                                                     "\"",
                                                     "|",
                                                     ">",
                                                     "#",
                                                     "<<: ",
                                                     "---",
                                                     "...",
                                                     "? ",
                                                     "\\",
                                                     "${",
                                                     "${X:-}",
                                                     "\t",
                                                     "\r",
                                                     "~",
                                                     "012",
                                                     "1e9",
                                                     "%",
                                                     "@",
                                                     "\xff",
                                                     "\xc3\xa4",
                                                     "plugin",
                                                     "extends: ring.yaml",
                                                     "frozen",
                                                     "\"\\ud800\"",
                                                     "1e99999"});
}

static std::string mutated(std::string text,
                           const std::vector<std::pair<std::size_t, std::string>>& changes) {
  for (const auto& [location, inserted] : changes) {
    const std::size_t at = location % (text.size() + 1);
    if (location % 3 == 0)
      text.insert(at, inserted);
    else
      text.replace(at, std::min<std::size_t>(location % 7, text.size() - at), inserted);
  }
  return text;
}

TEST_CASE("random bytes are read or refused, never more") {
  CHECK(rc::check([](const std::string& bytes) {
    descent::Diagnostics diagnostics;
    const descent::Value value = descent::experiment::parse_yaml(bytes, "fuzz.yaml", diagnostics);
    if (diagnostics.empty()) RC_ASSERT(read(descent::experiment::to_yaml(value)) == value);
  }));
  CHECK(rc::check([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(piece());
    std::string text;
    for (const std::string& p : pieces) text += p;
    descent::Diagnostics diagnostics;
    descent::experiment::parse_yaml(text, "fuzz.yaml", diagnostics);
  }));
}

TEST_CASE("mutated experiments load or give problems with places") {
  const TemporaryFolder folder;
  int loaded = 0, refused = 0;
  CHECK(rc::check([&] {
    const auto changes =
        *rc::gen::resize(6, rc::gen::container<std::vector<std::pair<std::size_t, std::string>>>(
                                rc::gen::pair(rc::gen::arbitrary<std::size_t>(), piece())));
    const auto file = folder.write("ring.yaml", mutated(ring, changes));
    try {
      descent::experiment::load_experiment(file, test_registry());
      ++loaded;
    } catch (const descent::Error& error) {
      ++refused;
      RC_ASSERT(std::string(error.what()).find("ring.yaml") != std::string::npos);
    }
  }));
  CHECK(loaded > 0);
  CHECK(refused > 0);
}

TEST_CASE("random overrides change an experiment or are refused") {
  CHECK(rc::check([] {
    const auto changes =
        *rc::gen::resize(4, rc::gen::container<std::vector<std::pair<std::size_t, std::string>>>(
                                rc::gen::pair(rc::gen::arbitrary<std::size_t>(), piece())));
    try {
      load_text(ring, {mutated("optimizer.generator.learning_rate=3e-4", changes)});
    } catch (const descent::Error& error) {
      RC_ASSERT(std::string(error.what()).find("command line") != std::string::npos ||
                std::string(error.what()).find("ring.yaml") != std::string::npos);
    }
  }));
}

TEST_CASE("towers of every bracket and indicator end soon") {
  for (const char* unit :
       {"[", "{", "- ", "? ", "&a ", "!x ", "'", "\"", "a: ", "{a: ", "[a, ", "| ", "> ", "*a ", "%"})
    for (const int count : {10, 1000, 20000}) {
      std::string text;
      for (int i = 0; i < count; ++i) text += unit;
      CHECK_NOTHROW(problems_of(text));
    }
}

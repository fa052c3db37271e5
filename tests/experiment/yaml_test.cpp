#include "descent/experiment/yaml.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "experiment/read.hpp"

using Catch::Contains;
using descent::Value;
using Kind = Value::Kind;

TEST_CASE("unquoted scalars have the kind that one grammar gives them") {
  for (const char* text :
       {"1", "0", "-3", "1e4", "20e-1", "1E2", "9223372036854775807", "-9223372036854775808"})
    CHECK(read(text).is(Kind::integer));
  CHECK(read("1e4").integer() == 10000);
  CHECK(read("20e-1").integer() == 2);
  CHECK(read("-1e18").integer() == -1'000'000'000'000'000'000);
  for (const char* text :
       {"1.0", "1e-3", "1.0e-3", "1.0e+4", "-0.5", "1e300", ".nan", ".inf", "-.inf", "1.0e4"})
    CHECK(read(text).is(Kind::number));
  CHECK(read("1.0e-3").number() == 1e-3);
  CHECK(std::isnan(read(".nan").number()));
  CHECK(read("-.inf").number() == -std::numeric_limits<double>::infinity());
  CHECK(read("true") == Value::of(true));
  CHECK(read("false") == Value::of(false));
  for (const char* text : {"", "~", "null", "# nothing but a comment"}) CHECK(read(text).is(Kind::null));
  for (const char* text : {"yes", "no", "on", "Off", "True", "FALSE", "20 epochs", "1.2.3", "2024-01-01",
                           "1:30", "8x8", "e5", "1e", "nan", "inf", "16:9", "2_adam", "0x", "0xg"})
    CHECK(read(text) == Value::of(text));
}

TEST_CASE("quoted scalars are texts always") {
  for (const char* text : {"'1'", "\"1\"", "'true'", "'~'", "''", "'1e4'", "'012'", "\".5\""})
    CHECK(read(text) == Value::of(std::string(text + 1, std::string(text).size() - 2)));
}

TEST_CASE("what others take for a number is refused with the right spelling") {
  CHECK(problems_of("seed: 012") ==
        "test.yaml:1:7: '012' could be read as different numbers; write 12, or '012' in quotes for a text");
  const std::pair<const char*, const char*> cases[] = {
      {"0x1f", "write 31,"},   {"0o17", "write 15,"},    {"0b101", "write 5,"},   {"1_000", "write 1000,"},
      {".5", "write 0.5,"},    {"5.", "write 5.0,"},     {"+5", "write 5,"},      {"-.5", "write -0.5,"},
      {"00", "write 0,"},      {"1_0.5", "write 10.5,"}, {".Inf", "write .inf,"}, {"+.inf", "write .inf,"},
      {"-0x10", "write -16,"}, {"01.5", "write 1.5,"}};
  for (const auto& [text, message] : cases) CHECK_THAT(problems_of(text), Contains(message));
  CHECK_THAT(problems_of("99999999999999999999"), Contains("does not fit into 64 bits; write 1.0e+20"));
  CHECK_THAT(problems_of("1.0e999"), Contains("outside of what a double holds"));
  CHECK_THAT(problems_of("1e-999"), Contains("outside of what a double holds"));
}

TEST_CASE("values and keys know their places, counted from 1") {
  const Value value = read("a: 1\nb:\n  - x\n  - {c: 2}\n");
  CHECK(value.entries()[1].key_location.text() == "test.yaml:2:1");
  CHECK(value.find("b")->items()[0].location().text() == "test.yaml:3:5");
  CHECK(value.find("b")->items()[1].find("c")->location().text() == "test.yaml:4:9");
}

TEST_CASE("equal keys, merge keys, tags and further documents are errors with places") {
  CHECK(problems_of("a: 1\nb: 2\na: 3\n") ==
        "test.yaml:3:1: 'a' is given twice in this map; the first is on line 1");
  CHECK(problems_of("{a: {b: 1, b: 2}}") ==
        "test.yaml:1:12: 'b' is given twice in this map; the first is on line 1");
  CHECK_THAT(problems_of("x: &x {a: 1}\ny:\n  <<: *x\n"), Contains("test.yaml:3:3: merge keys"));
  CHECK(read("'<<': 1").find("<<")->integer() == 1);
  CHECK_THAT(problems_of("a: !!int 5"), Contains("test.yaml:1:4: the tag '!!int'"));
  CHECK_THAT(problems_of("a: !point {x: 1}"), Contains("tag '!point'"));
  CHECK_THAT(problems_of("a: 1\n---\nb: 2\n"), Contains("a second document"));
  CHECK(read("---\na: 1\n...\n").find("a")->integer() == 1);
  CHECK_THAT(problems_of("? [1, 2]\n: 3\n"), Contains("cannot be a key"));
  CHECK_THAT(problems_of(": 3\n"), Contains("a key is missing"));
  CHECK_THAT(problems_of("a: &a x\n*a : 3\n"), Contains("test.yaml:2:1: a key cannot be an alias"));
}

TEST_CASE("every problem of a file is found, and the rest is read") {
  descent::Diagnostics diagnostics;
  const Value value =
      descent::experiment::parse_yaml("a: 012\nb: {c: 1, c: 2}\nd: 0x10\ne: 5\n", "f.yaml", diagnostics);
  CHECK(diagnostics.size() == 3);
  CHECK(value.find("e")->integer() == 5);
  CHECK(value.find("b")->find("c")->integer() == 1);
}

TEST_CASE("aliases are copies, and bombs of them are stopped") {
  Value value = read("a: &x {k: [1, 2]}\nb: *x\n");
  CHECK(*value.find("a") == *value.find("b"));
  value.find("a")->find("k")->items()[0] = Value::of(7);
  CHECK(value.find("b")->find("k")->items()[0] == Value::of(1));
  CHECK_THAT(problems_of("&a [*a]"), Contains("inside of what it repeats"));
  CHECK_THAT(problems_of("a: *nobody"), Contains("names no anchor"));

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += fmt::format("a{0}: &a{0} [x", i);
    for (int k = 0; k < 9; ++k) bomb += fmt::format(", *a{}", i - 1);
    bomb += "]\n";
  }
  CHECK_THAT(problems_of(bomb), Contains("more than 100000 values"));
}

TEST_CASE("depth and size are bounded") {
  CHECK(problems_of(std::string(60, '[') + std::string(60, ']')).empty());
  CHECK_THAT(problems_of(std::string(70, '[') + std::string(70, ']')), Contains("nested more than 64 deep"));
  CHECK_THAT(problems_of("- " + std::string(100000, '[')), Contains("test.yaml:1:3: "));
  CHECK_THAT(problems_of(std::string(5 << 20, 'x')), Contains("at most 4194304"));
  CHECK_THAT(problems_of("\"" + std::string(2000, 'k') + "\": 1"), Contains("test.yaml:1:2003: this ':'"));
}

TEST_CASE("syntax errors are sentences with places") {
  CHECK_THAT(problems_of("a: [1, 2\nb: 3\n"), Contains("test.yaml:") && Contains("']' was expected"));
  CHECK_THAT(problems_of("a: {b: 1\n"), Contains("'}' was expected"));
  CHECK_THAT(problems_of("a: b: c\n"), Contains("test.yaml:1:5: this ':' follows no key"));
  CHECK_THAT(problems_of("a: 1\n  b: 2\n"), Contains("test.yaml:2:"));
  for (const char* text :
       {"ä: 'x", "ä: 'x\n", "ä: 'x\nb: 1\n", "ä: \"x\\\"\nb: 1\n", "ä: &x 'y\n", "ä: 'it''s\n"})
    CHECK_THAT(problems_of(text),
               Contains("test.yaml:1:4: the quote") || Contains("inside of a quoted text"));
  CHECK(read("a: 'it''s'\nb: \"\\\"\"\nc: &x 'y'\n").find("a")->text() == "it's");
  CHECK_THAT(problems_of("a: @x\n"), Contains("cannot begin a value"));
  CHECK(problems_of("['x'\n") == "test.yaml:1:1: a list or a map cannot be a key; is its bracket closed?");
  CHECK_THAT(problems_of("a: ]\n"), Contains("test.yaml:1:4: "));
}

TEST_CASE("bytes that are no text are refused at their place") {
  CHECK(problems_of("a: 1\nb: \xff\n") == "test.yaml:2:4: this byte is not UTF-8; save the file as UTF-8");
  CHECK_THAT(problems_of("a: \xc0\xaf"), Contains("not UTF-8"));
  CHECK_THAT(problems_of("a: \xed\xa0\x80"), Contains("not UTF-8"));
  CHECK_THAT(problems_of(std::string("a: \0b", 5)), Contains("test.yaml:1:4: the character NUL"));
  CHECK_THAT(problems_of("a: \x07"), Contains("control character"));
  CHECK(problems_of("a:\n\tb: 1\n") ==
        "test.yaml:2:1: a tab in the indentation; YAML is indented with spaces");
  CHECK(read("a: 1\t# tabs elsewhere are fine\n\t\n").find("a")->integer() == 1);
  CHECK(read("\xEF\xBB\xBF"
             "a: \xc3\xa4")
            .find("a")
            ->text() == "\xc3\xa4");
  CHECK_THAT(problems_of("a: \"\\0\""), Contains("NUL"));
}

TEST_CASE("environment variables are put into texts") {
  setenv("DESCENT_TEST_SET", "/data", 1);
  setenv("DESCENT_TEST_NUMBER", "7", 1);
  setenv("DESCENT_TEST_EMPTY", "", 1);
  unsetenv("DESCENT_TEST_UNSET");
  CHECK(read("${DESCENT_TEST_SET}/mnist").text() == "/data/mnist");
  CHECK(read("'${DESCENT_TEST_SET}/mnist'").text() == "/data/mnist");
  CHECK(read("a: ${DESCENT_TEST_UNSET:-data}/mnist").find("a")->text() == "data/mnist");
  CHECK(read("${DESCENT_TEST_EMPTY:-data}").text() == "data");
  CHECK(read("x${DESCENT_TEST_EMPTY}").text() == "x");
  CHECK(read("seed: ${DESCENT_TEST_NUMBER}").find("seed")->integer() == 7);
  CHECK(read("seed: '${DESCENT_TEST_NUMBER}'").find("seed")->text() == "7");
  CHECK(read("'$${DESCENT_TEST_SET} costs $5'").text() == "${DESCENT_TEST_SET} costs $5");
  CHECK(problems_of("a:\n  b: ${DESCENT_TEST_UNSET}\n") ==
        "test.yaml:2:6: the environment variable DESCENT_TEST_UNSET is not set; set it, or write a default: "
        "${DESCENT_TEST_UNSET:-default}");
  CHECK_THAT(problems_of("'${not a name}'"), Contains("names no environment variable"));
  CHECK_THAT(problems_of("'${OPEN'"), Contains("is not closed"));
}

TEST_CASE("a value of the command line is a scalar or stands in brackets") {
  descent::Diagnostics diagnostics;
  CHECK(descent::experiment::parse_yaml_value("3e-4", "command line", diagnostics).number() == 3e-4);
  CHECK(descent::experiment::parse_yaml_value("[64, 128]", "command line", diagnostics).items().size() == 2);
  CHECK(descent::experiment::parse_yaml_value("{plugin: adam}", "command line", diagnostics)
            .find("plugin")
            ->text() == "adam");
  CHECK(descent::experiment::parse_yaml_value("", "command line", diagnostics).is(Kind::null));
  REQUIRE(diagnostics.empty());
  descent::experiment::parse_yaml_value("a: 1", "command line: x=a: 1", diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(descent::testing::lines_of(diagnostics)[0] ==
        "command line: x=a: 1: on the command line, write maps and lists in brackets: {key: value}, [1, 2]");
}

TEST_CASE("files that cannot be read are errors that name them") {
  descent::Diagnostics diagnostics;
  CHECK_THROWS_WITH(descent::experiment::read_yaml("/nowhere/x.yaml", diagnostics),
                    "/nowhere/x.yaml: there is no such file");
  CHECK_THROWS_WITH(descent::experiment::read_yaml("/tmp", diagnostics), Contains("this is a folder"));
}

#include "descent/runlog/json.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "descent/runlog/checked_json.hpp"

using descent::Value;
using descent::runlog::json;
using descent::runlog::parse_json;

TEST_CASE("numbers and texts are written as earlier versions wrote them") {
  CHECK(json(Value::of(1.0)) == "1");
  CHECK(json(Value::of(1e-5)) == "1e-05");
  CHECK(json(Value::of(1e22)) == "1e+22");
  CHECK(json(Value::of(0.1)) == "0.1");
  CHECK(json(Value::of(std::numeric_limits<double>::quiet_NaN())) == "\"nan\"");
  CHECK(json(Value::of(-std::numeric_limits<double>::infinity())) == "\"-inf\"");
  CHECK(json(Value::list({Value::of(1), Value(), Value::of(true)})) == "[1, null, true]");
  CHECK(json(Value::map({{"a", Value::of("\"\\\n\t\r\b\x7F"), {}}})) ==
        "{\"a\": \"\\\"\\\\\\n\\t\\r\\u0008\\u007f\"}");
  CHECK(json(Value::of("\xC2\x85\xC2\xA0\xE2\x82\xAC\xFF")) == "\"\\u0085\xC2\xA0\xE2\x82\xAC\xEF\xBF\xBD\"");
}

TEST_CASE("what is written is read again") {
  const Value value = Value::map({{"z", Value::of(std::numeric_limits<std::int64_t>::min()), {}},
                                  {"a", Value::of(5e-324), {}},
                                  {"text", Value::of("${HOME} # no: yes, \x01"), {}},
                                  {"list", Value::list({Value::list(), Value::map(), Value()}), {}}});
  const descent::SourceLocation location{"events.jsonl", 3, 0};
  const Value read = parse_json(json(value), location);
  CHECK(read == value);
  CHECK(read.find("list")->items()[1].location() == location);
}

TEST_CASE("whole numbers stay whole where they fit into 64 bits") {
  CHECK(parse_json("9223372036854775807", {}) == Value::of(std::numeric_limits<std::int64_t>::max()));
  CHECK(parse_json("18446744073709551615", {}) == Value::of(18446744073709551615.0));
  CHECK(parse_json("1.0", {}) == Value::of(1.0));
}

TEST_CASE("what is no JSON is refused with its place") {
  for (const std::string wrong : {"", "{", "{\"a\": 1} x", "nan", "{a: 1}", "'a'", "\"\xFF\""}) {
    CAPTURE(wrong);
    try {
      parse_json(wrong, {"runs.jsonl", 7, 0});
      FAIL("it was read");
    } catch (const descent::Error& error) {
      REQUIRE(error.diagnostics().size() == 1);
      CHECK(error.diagnostics()[0].code == descent::codes::syntax);
      CHECK(error.diagnostics()[0].location.line == 7);
    }
  }
}

TEST_CASE("a line of JSON with a checksum shows where it was changed") {
  using descent::runlog::checked_json, descent::runlog::parse_checked_json;
  const Value map =
      Value::map({{"folder", Value::of("a, \"checksum\": \"00000000\"}"), {}}, {"seed", Value::of(3), {}}});
  for (const Value& value : {map, Value::map()}) {
    const std::string line = checked_json(value);
    CHECK(parse_checked_json(line, {}) == value);
    CHECK(parse_checked_json(json(value), {}) == value);
    for (std::size_t i = 0; i < line.size(); ++i) {
      std::string changed = line;
      changed[i] = changed[i] == '7' ? '8' : '7';
      // Another word in place of `checksum` is one more key.
      const std::size_t word = line.rfind("checksum");
      if (i < word || i >= word + 8)
        CHECK_THROWS_AS(parse_checked_json(changed, {"runs.jsonl", 2, 0}), descent::Error);
    }
  }
}

TEST_CASE("towers of brackets are refused, not climbed") {
  const std::string open(100'000, '['), close(100'000, ']');
  CHECK_THROWS_WITH(parse_json(open + close, {}), Catch::Contains("nested more than 64 deep"));
  CHECK(parse_json(open.substr(0, 64) + close.substr(0, 64), {}).is(Value::Kind::list));
}

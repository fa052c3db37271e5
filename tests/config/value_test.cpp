#include "descent/config/value.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "descent/config/required.hpp"

using descent::Value;

TEST_CASE("a value knows its kind, and a copy is equal to it") {
  const Value values[] = {Value(),
                          Value::of(true),
                          Value::of(3),
                          Value::of(0.5),
                          Value::of("text"),
                          Value::list({Value::of(1)}),
                          Value::map({{"key", Value::of(2), {}}})};
  const Value::Kind kinds[] = {Value::Kind::null,   Value::Kind::boolean, Value::Kind::integer,
                               Value::Kind::number, Value::Kind::text,    Value::Kind::list,
                               Value::Kind::map};
  for (std::size_t i = 0; i < std::size(values); ++i)
    for (std::size_t j = 0; j < std::size(values); ++j) {
      CHECK((values[i].kind() == kinds[j]) == (i == j));
      CHECK((Value(values[i]) == values[j]) == (i == j));
    }
}

TEST_CASE("a whole number is no equal of the same number, and what is no number equals itself") {
  CHECK_FALSE(Value::of(1) == Value::of(1.0));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(Value::of(nan) == Value::of(nan));
  CHECK_FALSE(Value::of(nan) == Value::of(0.0));
  CHECK(Value::of(3).number() == 3.0);
}

TEST_CASE("a value may take the place of the one that it is a part of") {
  Value outer = Value::map({{"inner", Value::list({Value::of("kept")}).at({"a.yaml", 2, 3}), {}}});
  outer = *outer.find("inner");
  CHECK(outer == Value::list({Value::of("kept")}));
  CHECK(outer.location() == descent::SourceLocation{"a.yaml", 2, 3});
  outer = std::move(outer.items()[0]);
  CHECK(outer == Value::of("kept"));
}

TEST_CASE("a required value of another kind is an error that says what is there") {
  using descent::required, descent::Error;
  const Value map =
      Value::map({{"seed", Value::of(3), {}}, {"name", Value::of("x"), {}}}).at({"runs.jsonl", 7, 0});
  CHECK(required(map, "seed", Value::Kind::integer).integer() == 3);
  CHECK(required(map, "seed", Value::Kind::number).number() == 3);
  CHECK_THROWS_WITH(required(map, "name", Value::Kind::integer),
                    "'name' is a whole number, not the text 'x'");
  CHECK_THROWS_WITH(required(map, "folder", Value::Kind::text), "runs.jsonl:7: 'folder' is missing");
  CHECK_THROWS_AS(required(Value::list(), "folder", Value::Kind::text), Error);
}

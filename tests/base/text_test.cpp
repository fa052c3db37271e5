#include "descent/base/text.hpp"

#include <catch2/catch.hpp>

using descent::matches;

TEST_CASE("patterns: * is any run of characters, ? is any one") {
  CHECK(matches("*", ""));
  CHECK(matches("*", "generator.0.weight"));
  CHECK(matches("generator.*", "generator.0.weight"));
  CHECK(matches("*.bias", "decoder.1.bias"));
  CHECK(matches("*.?.bias", "decoder.1.bias"));
  CHECK(matches("a*b*c", "a-b-b-c"));
  CHECK(matches("*b", "*ab"));  // a star in the text is a character like any other
  CHECK_FALSE(matches("*.bias", "decoder.1.weight"));
  CHECK_FALSE(matches("generator", "generator.0"));
  CHECK_FALSE(matches("?", ""));
}

TEST_CASE("the nearest name is the one a user most likely meant") {
  const std::vector<std::string> names = {"learning_rate", "beta1", "beta2"};
  CHECK(descent::nearest("lerning_rate", names) == "learning_rate");
  CHECK(descent::nearest("beta_1", names) == "beta1");
  CHECK_FALSE(descent::nearest("zzz", names).has_value());
  CHECK(descent::suggestion("lerning_rate", names) == "; did you mean 'learning_rate'?");
  CHECK(descent::suggestion("zzz", names) == "; there are: learning_rate, beta1, beta2");
}

TEST_CASE("numbers are written as YAML 1.1 reads them back") {
  CHECK(descent::number_text(0.001) == "0.001");
  CHECK(descent::number_text(1e-7) == "1.0e-07");
  CHECK(descent::number_text(2) == "2.0");
  CHECK(descent::number_text(0.1 + 0.2) == "0.30000000000000004");
}

TEST_CASE("counts agree with what they count") {
  CHECK(descent::counted(1, "run") == "1 run");
  CHECK(descent::counted(0, "run") == "0 runs");
  CHECK(descent::counted(2, "entry", "entries") == "2 entries");
}

TEST_CASE("a name is found by its first letters, or by those of its words") {
  const std::vector<std::string> names = {"batch_size", "learning_rate", "steps"};
  CHECK(descent::nearest("lr", names) == "learning_rate");
  CHECK(descent::nearest("learn", names) == "learning_rate");
  CHECK(descent::nearest("bs", names) == "batch_size");
  CHECK(descent::nearest("stesp", names) == "steps");
  CHECK(!descent::nearest("le", names));
}

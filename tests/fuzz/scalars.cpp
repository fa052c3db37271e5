// The grammar of scalars, and what is replaced from the environment.
#include "descent/base/text.hpp"
#include "descent/config/scalar_grammar.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  Diagnostics problems;
  const Value value = plain_scalar(text, {}, problems);
  const auto whole = whole_number(text);
  fuzz::require(!whole || (problems.empty() && value == Value::of(*whole)),
                "a whole number is what plain_scalar() reads");
  if (value.is(Value::Kind::integer) && problems.empty())
    fuzz::require(whole == value.integer(), "whole_number() reads every whole number");
  if (value.is_number()) {
    Diagnostics none;
    const Value again = plain_scalar(number_text(value.number()), {}, none);
    fuzz::require(none.empty() && again.is_number(), "the text of a number is a number");
    fuzz::require(again == value || again.number() == value.number() || value.number() != value.number(),
                  "the text of a number is that number");
  }
  Diagnostics of_environment;
  substitute_environment(text, {}, of_environment);
  return 0;
}

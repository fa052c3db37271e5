#include "descent/config/duration.hpp"

#include "descent/config/scalar_grammar.hpp"

namespace descent {

// The unit of `20 epochs`, where `text` is `epochs` or `epoch`.
static std::optional<DurationUnit> duration_unit(const std::string& text) {
  if (text == "step" || text == "steps") return DurationUnit::steps;
  if (text == "epoch" || text == "epochs") return DurationUnit::epochs;
  if (text == "minute" || text == "minutes") return DurationUnit::minutes;
  return std::nullopt;
}

std::optional<WrittenDuration> parse_duration(const Value& value) {
  if (value.is(Value::Kind::integer)) return WrittenDuration{value.integer(), DurationUnit::steps};
  if (!value.is(Value::Kind::text)) return std::nullopt;
  const std::string& text = value.text();
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return std::nullopt;
  const auto count = whole_number(text.substr(0, space));
  const auto unit = duration_unit(text.substr(space + 1));
  if (!count || !unit) return std::nullopt;
  return WrittenDuration{*count, *unit};
}

}  // namespace descent

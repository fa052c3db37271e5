#include "descent/experiment/range_text.hpp"

#include "descent/config/scalar_grammar.hpp"

namespace descent::experiment {

static std::optional<Value> number(const std::string& text, const SourceLocation& location) {
  Diagnostics wrong;
  Value value = plain_scalar(text, location, wrong);
  if (!wrong.empty() || !value.is_number()) return std::nullopt;
  return value;
}

std::optional<Value> axis_of_range(const std::string& text, const SourceLocation& location) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  std::size_t end = text.find(':', dots);
  const auto minimum = number(text.substr(0, dots), location);
  const auto maximum =
      number(text.substr(dots + 2, end == std::string::npos ? end : end - dots - 2), location);
  if (!minimum || !maximum) return std::nullopt;
  Value axis = Value::map().at(location);
  axis.entries() = {{"min", *minimum, location}, {"max", *maximum, location}};
  while (end != std::string::npos) {
    const std::size_t begin = end + 1;
    end = text.find(':', begin);
    const std::string word = text.substr(begin, end == std::string::npos ? end : end - begin);
    const bool is_scale = word == "log" || word == "linear";
    const auto points = whole_number(word);
    const char* key = is_scale ? "scale" : "points";
    if ((!is_scale && !points) || axis.find(key) != nullptr) return std::nullopt;
    axis.entries().push_back({key, (is_scale ? Value::of(word) : Value::of(*points)).at(location), location});
  }
  return axis;
}

}  // namespace descent::experiment

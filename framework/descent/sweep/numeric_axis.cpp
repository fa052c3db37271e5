#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/text.hpp"
#include "descent/sweep/axis_sensitivity.hpp"
#include "descent/sweep/axis_tree.hpp"

namespace descent::sweep {

namespace {

constexpr double wide = 50;  // what a linear axis of choices would crowd at its lower end

bool is_meant(const std::string& path, const std::string& key) {
  return path == key || path.ends_with("." + key);
}

bool has_numbers(const Axis& axis) {
  return axis.range || std::all_of(axis.choices.begin(), axis.choices.end(),
                                   [](const AxisChoice& choice) { return choice.value.is_number(); });
}

bool is_wide(const Axis& axis) {
  double least = 0, greatest = 0;
  for (const AxisChoice& choice : axis.choices) {
    const double number = choice.value.number();
    least = least == 0 ? number : std::min(least, number);
    greatest = std::max(greatest, number);
  }
  return least > 0 && greatest >= wide * least;
}

}  // namespace

NumericAxis numeric_axis(const SweepSpec& spec, const std::string& key) {
  NumericAxis axis{key, false};
  std::vector<std::string> numeric;
  const Axis* other = nullptr;
  bool found = false;
  for (const AxisAt& at : all_axes(spec)) {
    const bool meant = is_meant(at.axis->path, key);
    if (!has_numbers(*at.axis)) {
      if (meant) other = at.axis;
      continue;
    }
    if (std::find(numeric.begin(), numeric.end(), at.axis->path) == numeric.end())
      numeric.push_back(at.axis->path);
    if (!meant) continue;
    found = true;
    axis.logarithmic = axis.logarithmic || (at.axis->range ? at.axis->range->logarithmic : is_wide(*at.axis));
  }
  if (found) return axis;
  const std::string there =
      numeric.empty() ? "; the sweep has no axis of numbers" : "; axes of numbers are: " + join(numeric);
  if (other != nullptr)
    throw Error(fmt::format("the axis '{}' has no numbers, but values such as '{}'{}", other->path,
                            setting_text(other->choices.front().value), there));
  throw Error(fmt::format("the sweep has no axis '{}'{}", key, there));
}

std::optional<double> NumericAxis::of(const std::vector<Setting>& settings) const {
  std::vector<analysis::OptionValue> options;
  for (const Setting& setting : settings) flatten(setting.path, setting.value, options);
  std::optional<double> number;
  std::string path;
  for (const analysis::OptionValue& option : options) {
    if (!is_meant(option.path, key) || !option.value.is_number()) continue;
    if (number && path != option.path)
      throw Error(
          fmt::format("'{}' may be '{}' or '{}': say which with its whole path", key, path, option.path));
    number = option.value.number();
    path = option.path;
  }
  return number;
}

}  // namespace descent::sweep

#include "descent/sweep/axis_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/text.hpp"

namespace descent::sweep {

namespace {

const Value* value_at(const std::vector<Setting>& settings, const std::string& path) {
  for (const Setting& setting : settings)
    if (setting.path == path) return &setting.value;
  return nullptr;
}

void add_axes(const Axis& axis, const std::vector<Setting>& choices, std::vector<AxisAt>& all) {
  all.push_back({&axis, choices});
  for (const AxisChoice& choice : axis.choices) {
    std::vector<Setting> inner = choices;
    inner.push_back({axis.path, choice.value});
    for (const Axis& own : choice.axes) add_axes(own, inner, all);
  }
}

}  // namespace

bool AxisAt::is_reached_by(const std::vector<Setting>& settings) const {
  return std::all_of(choices.begin(), choices.end(), [&](const Setting& choice) {
    const Value* chosen = value_at(settings, choice.path);
    return chosen != nullptr && setting_text(*chosen) == setting_text(choice.value);
  });
}

const Value* AxisAt::value_in(const std::vector<Setting>& settings) const {
  return is_reached_by(settings) ? value_at(settings, axis->path) : nullptr;
}

std::string AxisAt::within() const {
  if (choices.empty()) return "";
  const std::string optimizer = optimizer_of(choices);
  return optimizer.empty() ? configuration_text(choices) : optimizer;
}

std::vector<AxisAt> all_axes(const SweepSpec& spec) {
  std::vector<AxisAt> all;
  for (const Axis& axis : spec.axes) add_axes(axis, {}, all);
  return all;
}

std::vector<std::vector<const Axis*>> tied_axes(const SweepSpec& spec) {
  std::vector<std::vector<const Axis*>> groups;
  for (std::size_t a = 0; a < spec.axes.size(); ++a) {
    std::vector<const Axis*> group = {&spec.axes[a]};
    bool later = false;
    for (const auto& zip : spec.zips) {
      if (std::find(zip.begin(), zip.end(), a) == zip.end()) continue;
      later = *std::min_element(zip.begin(), zip.end()) != a;
      group.clear();
      for (const std::size_t tied : zip) group.push_back(&spec.axes[tied]);
    }
    if (!later) groups.push_back(std::move(group));
  }
  return groups;
}

std::string value_name(const std::string& path, const Value& value) {
  if (!value.is(Value::Kind::map) && !value.is(Value::Kind::list)) return analysis::option_text(value);
  const std::string text = configuration_text({{path, value}});
  return text.substr(text.find('=') + 1);
}

std::string setting_text(const Value& value) {
  if (!value.is(Value::Kind::map) && !value.is(Value::Kind::list)) return analysis::option_text(value);
  std::vector<analysis::OptionValue> options;
  flatten("", value, options);
  std::vector<std::string> lines;
  for (const analysis::OptionValue& option : options)
    lines.push_back(option.path.empty() ? option.text
                                        : fmt::format("{}={}", option.path.substr(1), option.text));
  return join(lines, ",");
}

double share_of(const AxisRange& range, double number) {
  const double low = range.minimum.number(), high = range.maximum.number();
  const double share =
      range.logarithmic ? std::log(number / low) / std::log(high / low) : (number - low) / (high - low);
  return std::clamp(share, 0.0, 1.0);
}

}  // namespace descent::sweep

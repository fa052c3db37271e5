#include "descent/sweep/search_space.hpp"

#include <algorithm>
#include <cmath>

#include "descent/sweep/axis_tree.hpp"

namespace descent::sweep {

namespace {

/// The ends of a range as AxisRange::drawn() measures a share: of whole numbers half a number further.
struct Ends {
  double low = 0, high = 0;
  bool logarithmic = false;

  explicit Ends(const AxisRange& range)
      : low(range.minimum.number() - (range.is_whole() ? 0.5 : 0)),
        high(range.maximum.number() + (range.is_whole() ? 0.5 : 0)),
        logarithmic(range.logarithmic) {}

  double share_at(double number) const {
    const double share =
        logarithmic ? std::log(number / low) / std::log(high / low) : (number - low) / (high - low);
    return std::clamp(share, 0.0, 1.0);
  }
};

}  // namespace

SearchSpace::SearchSpace(const SweepSpec& spec) {
  for (const auto& tied : tied_axes(spec)) roots_.push_back(add(tied, std::nullopt, 0));
}

SearchSpace::Node SearchSpace::add(const std::vector<const Axis*>& tied, std::optional<std::size_t> outer,
                                   std::size_t outer_choice) {
  Node node{axes_.size(), {}};
  axes_.push_back({tied, tied.front()->choices.size(), outer, outer_choice});
  for (const Axis* axis : tied) {
    auto& by_choice = node.inner.emplace_back(axis->choices.size());
    for (std::size_t choice = 0; choice < axis->choices.size(); ++choice)
      for (const Axis& inner : axis->choices[choice].axes)
        by_choice[choice].push_back(add({&inner}, node.axis, choice));
  }
  return node;
}

bool SearchSpace::is_reached(std::size_t axis, const SearchPoint& point) const {
  const SearchAxis& one = axes_[axis];
  return !one.outer || point[*one.outer] == static_cast<double>(one.outer_choice);
}

void SearchSpace::collect(const Node& node, const SearchPoint& point, std::vector<Setting>& settings) const {
  const SearchAxis& axis = axes_[node.axis];
  const double at = point[node.axis];
  for (std::size_t t = 0; t < axis.tied.size(); ++t) {
    if (axis.choices == 0) {
      settings.push_back({axis.tied[t]->path, axis.tied[t]->range->drawn(at)});
      continue;
    }
    const auto choice = static_cast<std::size_t>(at);
    settings.push_back({axis.tied[t]->path, axis.tied[t]->choices[choice].value});
    for (const Node& inner : node.inner[t][choice]) collect(inner, point, settings);
  }
}

std::vector<Setting> SearchSpace::settings_of(const SearchPoint& point) const {
  std::vector<Setting> settings;
  for (const Node& node : roots_) collect(node, point, settings);
  return settings;
}

std::pair<double, double> SearchSpace::cell(std::size_t axis, double share) const {
  const AxisRange& range = *axes_[axis].front().range;
  if (!range.is_whole()) return {share, share};
  const Ends ends(range);
  const double number = range.drawn(share).number();
  return {ends.share_at(number - 0.5), ends.share_at(number + 0.5)};
}

bool SearchSpace::is_valid(const SearchPoint& point) const {
  if (point.size() != axes_.size()) return false;
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    const double at = point[axis];
    if (!is_reached(axis, point)) {
      if (!std::isnan(at)) return false;
    } else if (axes_[axis].choices == 0) {
      if (!(at >= 0 && at <= 1)) return false;
    } else if (!(at >= 0 && at < static_cast<double>(axes_[axis].choices) && at == std::floor(at))) {
      return false;
    }
  }
  return true;
}

std::string settings_key(const std::vector<Setting>& settings) {
  std::string key;
  for (const Setting& setting : settings) key += setting.path + "=" + setting_text(setting.value) + "\n";
  return key;
}

}  // namespace descent::sweep

#include "descent/sweep/axis_sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/sweep/axis_tree.hpp"

namespace descent::sweep {

namespace {

constexpr std::size_t quarters = 4;
constexpr double edge_share = 0.05;  // of a range that was drawn from

bool attains(const SettingResult& setting) {
  return setting.statistics.count > 0 && setting.went_wrong() == 0;
}

// ε² of numbers in groups. Nothing where there are no two groups, one number in each, or all are equal.
std::optional<double> share_between(const std::vector<std::size_t>& groups,
                                    const std::vector<double>& numbers) {
  std::map<std::size_t, std::vector<double>> grouped;
  for (std::size_t i = 0; i < groups.size(); ++i) grouped[groups[i]].push_back(numbers[i]);
  const auto squares = [](const std::vector<double>& some) {
    const auto count = static_cast<double>(some.size());
    const double mean = std::accumulate(some.begin(), some.end(), 0.0) / count;
    return std::accumulate(some.begin(), some.end(), 0.0, [mean](double sum, double number) {
      return sum + (number - mean) * (number - mean);
    });
  };
  if (grouped.size() < 2 || grouped.size() == numbers.size()) return std::nullopt;
  const double all = squares(numbers);
  if (all == 0) return std::nullopt;
  double within = 0;
  for (const auto& [group, some] : grouped) within += squares(some);
  const auto count = static_cast<double>(numbers.size()), parts = static_cast<double>(grouped.size());
  return std::max(0.0, 1 - within / (count - parts) / (all / (count - 1)));
}

/// The parts of one axis, or of those that are tied to it: their values stand together.
class Parts {
 public:
  Parts(const AxisAt& axis, const std::string& direction) : axis_(axis), direction_(direction) {
    if (!axis.axis->choices.empty()) {
      for (const AxisChoice& choice : axis.axis->choices) texts_.push_back(setting_text(choice.value));
    } else {
      const AxisRange& range = *axis.axis->range;
      const auto end = [&](std::size_t i) {
        return analysis::option_text(range.at(static_cast<double>(i) / quarters));
      };
      for (std::size_t i = 0; i < quarters; ++i)
        texts_.push_back(fmt::format("{} to {}", end(i), end(i + 1)));
    }
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      const bool chosen = !axis.axis->choices.empty();
      parts_.push_back(
          {chosen ? value_name(axis.axis->path, axis.axis->choices[i].value) : texts_[i], 0, {}});
    }
  }

  void add(const SettingResult& setting) {
    const Value* value = axis_.value_in(setting.settings);
    if (value == nullptr) return;
    const auto place = place_of(*value);
    if (!place) return;
    AxisPart& part = parts_[*place];
    ++part.settings;
    if (setting.statistics.count > 0 || setting.went_wrong() > 0) ranked_.emplace_back(*place, &setting);
    if (!attains(setting)) return;
    const double mean = setting.statistics.mean;
    const bool better =
        !part.attainable || (direction_ == "higher" ? mean > *part.attainable : mean < *part.attainable);
    if (better) part.attainable = mean;
  }

  std::optional<double> importance() const {
    auto sorted = ranked_;
    const auto before = [&](const auto& left, const auto& right) {
      return ranks_before(*left.second, *right.second, direction_);
    };
    std::stable_sort(sorted.begin(), sorted.end(), before);
    std::vector<std::size_t> parts;
    std::vector<double> ranks;
    for (std::size_t from = 0; from < sorted.size(); from = ranks.size()) {
      std::size_t to = from + 1;
      while (to < sorted.size() && !before(sorted[from], sorted[to])) ++to;
      for (std::size_t i = from; i < to; ++i) {
        parts.push_back(sorted[i].first);
        ranks.push_back(static_cast<double>(from + to - 1) / 2);
      }
    }
    return share_between(parts, ranks);
  }

  std::vector<AxisPart> take() {
    std::erase_if(parts_, [](const AxisPart& part) { return part.settings == 0; });
    return std::move(parts_);
  }

 private:
  std::optional<std::size_t> place_of(const Value& value) const {
    if (axis_.axis->choices.empty()) {
      // What lies between two parts is of the upper one, whatever was rounded.
      const double place = share_of(*axis_.axis->range, value.number()) * quarters + 1e-9;
      return std::min(static_cast<std::size_t>(place), quarters - 1);
    }
    const auto found = std::find(texts_.begin(), texts_.end(), setting_text(value));
    if (found == texts_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - texts_.begin());
  }

  const AxisAt& axis_;
  const std::string& direction_;
  std::vector<std::string> texts_;
  std::vector<AxisPart> parts_;
  std::vector<std::pair<std::size_t, const SettingResult*>> ranked_;  // and their parts
};

// `optimizer.learning_rate`, or `model.latent + trainer.batch_size` where axes are tied; empty: the name
// stands with another one already.
std::string axis_name(const SweepSpec& spec, const Axis& axis) {
  for (const auto& zip : spec.zips) {
    std::string names;
    bool here = false;
    for (const std::size_t tied : zip) {
      if (&spec.axes[tied] == &axis && !names.empty()) return "";
      here = here || &spec.axes[tied] == &axis;
      names += (names.empty() ? "" : " + ") + spec.axes[tied].path;
    }
    if (here) return names;
  }
  return axis.path;
}

bool all_numbers(const Axis& axis) {
  return std::all_of(axis.choices.begin(), axis.choices.end(),
                     [](const AxisChoice& choice) { return choice.value.is_number(); });
}

// The least and the greatest value on which one would ask what lies beyond; nothing: the axis has no order.
std::optional<std::pair<double, double>> ends_of(const Axis& axis) {
  if (axis.range) return std::pair(axis.range->minimum.number(), axis.range->maximum.number());
  if (axis.choices.size() < 3 || !all_numbers(axis)) return std::nullopt;
  const auto less = [](const AxisChoice& left, const AxisChoice& right) {
    return left.value.number() < right.value.number();
  };
  const auto [least, greatest] = std::minmax_element(axis.choices.begin(), axis.choices.end(), less);
  return std::pair(least->value.number(), greatest->value.number());
}

}  // namespace

const AxisPart* AxisSensitivity::best(const std::string& direction) const {
  const AxisPart* best = nullptr;
  for (const AxisPart& part : parts) {
    if (!part.attainable) continue;
    if (best == nullptr ||
        (direction == "higher" ? *part.attainable > *best->attainable : *part.attainable < *best->attainable))
      best = &part;
  }
  return best;
}

std::optional<double> AxisSensitivity::range() const {
  std::vector<double> numbers;
  for (const AxisPart& part : parts)
    if (part.attainable) numbers.push_back(*part.attainable);
  if (numbers.size() < 2) return std::nullopt;
  const auto [least, greatest] = std::minmax_element(numbers.begin(), numbers.end());
  return *greatest - *least;
}

std::size_t AxisSensitivity::without_value() const {
  return static_cast<std::size_t>(
      std::count_if(parts.begin(), parts.end(), [](const AxisPart& part) { return !part.attainable; }));
}

std::vector<AxisSensitivity> sensitivities(const FrozenSweep& sweep,
                                           const std::vector<SettingResult>& settings,
                                           const std::string& direction) {
  std::vector<AxisSensitivity> all;
  if (direction.empty()) return all;
  for (const AxisAt& axis : all_axes(sweep.spec)) {
    const std::string name = axis_name(sweep.spec, *axis.axis);
    if (name.empty()) continue;
    Parts parts(axis, direction);
    for (const SettingResult& setting : settings) parts.add(setting);
    AxisSensitivity one{name, axis.within(), parts.take(), parts.importance()};
    if (one.parts.size() > 1) all.push_back(std::move(one));
  }
  return all;
}

std::vector<AxisEdge> edges_of(const SweepSpec& spec, const std::vector<Setting>& settings) {
  std::vector<AxisEdge> edges;
  for (const AxisAt& axis : all_axes(spec)) {
    const Value* value = axis.value_in(settings);
    const auto ends = ends_of(*axis.axis);
    if (value == nullptr || !ends || !value->is_number()) continue;
    const bool drawn = axis.axis->choices.empty();
    const double number = value->number();
    const double share = drawn ? share_of(*axis.axis->range, number) : 0.5;
    const bool lower = number <= ends->first || share < edge_share;
    const bool upper = number >= ends->second || share > 1 - edge_share;
    if (lower || upper) edges.push_back({axis.axis->path, analysis::option_text(*value), upper});
  }
  return edges;
}

}  // namespace descent::sweep

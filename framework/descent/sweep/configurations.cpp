#include <fmt/format.h>

#include <boost/random/sobol.hpp>
#include <functional>
#include <set>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/random.hpp"
#include "descent/sweep/axis_tree.hpp"
#include "descent/sweep/plan.hpp"
#include "descent/sweep/proposals.hpp"

namespace descent::sweep {

namespace {

using Settings = std::vector<Setting>;
using Method = SweepSpec::Method;

constexpr std::size_t most_configurations = 1'000'000;
constexpr std::size_t most_pairs =
    64;  // that are assembled: half a second each where data are read from disk

// Every way to go on: each of `left` with each of `right` behind it.
std::vector<Settings> product(const std::vector<Settings>& left, const std::vector<Settings>& right) {
  std::vector<Settings> all;
  all.reserve(left.size() * right.size());
  for (const Settings& one : left)
    for (const Settings& other : right) {
      all.push_back(one);
      all.back().insert(all.back().end(), other.begin(), other.end());
    }
  return all;
}

std::vector<Settings> grid_of(const Axis& axis);

std::vector<Settings> grid_of_choice(const Axis& axis, std::size_t choice) {
  std::vector<Settings> all = {{{axis.path, axis.choices[choice].value}}};
  for (const Axis& inner : axis.choices[choice].axes) all = product(all, grid_of(inner));
  return all;
}

std::vector<Settings> grid_of(const Axis& axis) {
  std::vector<Settings> all;
  for (std::size_t c = 0; c < axis.choices.size(); ++c)
    for (Settings& one : grid_of_choice(axis, c)) all.push_back(std::move(one));
  return all;
}

std::vector<Settings> grid(const SweepSpec& spec, Diagnostics& diagnostics) {
  double size = 1;
  std::vector<std::vector<Settings>> parts;
  for (const auto& group : tied_axes(spec)) {
    std::vector<Settings> part;
    for (std::size_t c = 0; c < group.front()->choices.size(); ++c) {
      std::vector<Settings> tied = {{}};
      for (const Axis* axis : group) tied = product(tied, grid_of_choice(*axis, c));
      part.insert(part.end(), tied.begin(), tied.end());
    }
    size *= static_cast<double>(part.size());
    parts.push_back(std::move(part));
  }
  if (size > static_cast<double>(most_configurations)) {
    diagnostics.add(spec.location, fmt::format("the axes make {:.0f} settings; a sweep has at most {}", size,
                                               most_configurations));
    return {};
  }
  std::vector<Settings> all = {{}};
  for (const auto& part : parts) all = product(all, part);
  return all;
}

/// Gives each axis a number in [0, 1) for each drawn configuration.
using Share = std::function<double(const Axis&)>;

void draw(const std::vector<const Axis*>& group, const Share& share, Settings& settings) {
  const double position = share(*group.front());
  for (const Axis* axis : group) {
    if (axis->choices.empty()) {
      settings.push_back({axis->path, axis->range->drawn(position)});
      continue;
    }
    const AxisChoice& choice =
        axis->choices[static_cast<std::size_t>(position * static_cast<double>(axis->choices.size()))];
    settings.push_back({axis->path, choice.value});
    for (const Axis& inner : choice.axes) draw({&inner}, share, settings);
  }
}

void number_axes(const Axis& axis, std::map<const Axis*, std::size_t>& dimensions) {
  dimensions.emplace(&axis, dimensions.size());
  for (const AxisChoice& choice : axis.choices)
    for (const Axis& inner : choice.axes) number_axes(inner, dimensions);
}

/// Points of a Sobol sequence (Joe and Kuo 2008), one coordinate for each axis, inner ones too.
class SobolPoints {
 public:
  explicit SobolPoints(const SweepSpec& spec) {
    for (const Axis& axis : spec.axes) number_axes(axis, dimensions_);
    engine_.emplace(dimensions_.size());
    point_.resize(dimensions_.size());
  }
  void next() {
    // 2^64 values; the double of the greatest ones would round up to 1.
    for (double& coordinate : point_) coordinate = static_cast<double>((*engine_)() >> 11) * 0x1p-53;
  }
  double operator()(const Axis& axis) const { return point_[dimensions_.at(&axis)]; }

 private:
  std::map<const Axis*, std::size_t> dimensions_;
  std::optional<boost::random::sobol> engine_;
  std::vector<double> point_;
};

std::string lines_of(const Settings& settings) {
  std::vector<analysis::OptionValue> options;
  for (const Setting& setting : settings) flatten(setting.path, setting.value, options);
  std::string lines;
  for (const analysis::OptionValue& option : options)
    lines += fmt::format("{}={}\n", option.path, option.text);
  return lines;
}

// Draws until there are `spec.runs` different ones.
std::vector<Settings> drawn(const SweepSpec& spec, Diagnostics& diagnostics) {
  const auto groups = tied_axes(spec);
  std::optional<SobolPoints> sobol;
  if (spec.method == Method::sobol) sobol.emplace(spec);
  std::map<const Axis*, std::uint64_t> keys;
  const auto uniform = [&](const Axis& axis, std::uint32_t index) {
    auto key = keys.find(&axis);
    if (key == keys.end()) key = keys.emplace(&axis, stream_key(spec.seed, "sweep/" + axis.path)).first;
    return RandomStream(key->second, index).uniform();
  };
  const auto wanted = static_cast<std::size_t>(spec.runs);
  const std::size_t most_draws = 100 * wanted + 1000;
  std::vector<Settings> all;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < most_draws && all.size() < wanted; ++i) {
    if (sobol) sobol->next();
    Settings settings;
    const Share share = [&](const Axis& axis) {
      return sobol ? (*sobol)(axis) : uniform(axis, static_cast<std::uint32_t>(i));
    };
    for (const auto& group : groups) draw(group, share, settings);
    if (seen.insert(lines_of(settings)).second) all.push_back(std::move(settings));
  }
  if (all.size() < wanted)
    diagnostics.add(spec.location,
                    fmt::format("{} draws from the axes gave {} different settings, and 'sweep.runs' asks "
                                "for {}; ask for fewer, or take the method grid",
                                most_draws, all.size(), wanted));
  return all;
}

// The two ends of a range, or every choice; of an axis that is wrong there may be none.
std::size_t shown_count(const Axis& axis) {
  return axis.range ? 2 : axis.choices.size();
}
AxisChoice shown(const Axis& axis, std::size_t i) {
  return axis.range ? AxisChoice{axis.range->at(static_cast<double>(i)), {}} : axis.choices[i];
}

Settings first_of(const Axis& axis);

Settings first_of(const Axis& axis, const AxisChoice& choice) {
  Settings settings = {{axis.path, choice.value}};
  for (const Axis& inner : choice.axes)
    for (Setting& setting : first_of(inner)) settings.push_back(std::move(setting));
  return settings;
}

Settings first_of(const Axis& axis) {
  return axis.has_values() ? first_of(axis, shown(axis, 0)) : Settings();
}

std::vector<Settings> probes(const Axis& axis, const AxisChoice& choice) {
  std::vector<Settings> all = {first_of(axis, choice)};
  for (std::size_t changed = 0; changed < choice.axes.size(); ++changed) {
    const Axis& inner = choice.axes[changed];
    for (std::size_t c = 0; c < shown_count(inner); ++c) {
      for (const Settings& probe : probes(inner, shown(inner, c))) {
        Settings settings = {{axis.path, choice.value}};
        for (std::size_t other = 0; other < choice.axes.size(); ++other) {
          const Axis& own = choice.axes[other];
          const Settings more = other == changed ? probe : first_of(own);
          settings.insert(settings.end(), more.begin(), more.end());
        }
        all.push_back(std::move(settings));
      }
    }
  }
  return all;
}

}  // namespace

std::vector<Settings> configurations_of(const SweepSpec& spec, Diagnostics& diagnostics) {
  if (is_search(spec.method)) return first_round(spec);
  return spec.method == Method::grid ? grid(spec, diagnostics) : drawn(spec, diagnostics);
}

namespace {

using Groups = std::vector<std::vector<const Axis*>>;

// With one value of one group, and the inner axes of that value each at all of theirs; the others at their
// first.
std::vector<Settings> probes_of_value(const Groups& groups, std::size_t changed, std::size_t value) {
  std::vector<Settings> all = {{}};
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const Axis* axis : groups[g])
      all = product(
          all, g == changed ? probes(*axis, shown(*axis, value)) : std::vector<Settings>{first_of(*axis)});
  return all;
}

// Whole sections, or parts of one that are sections themselves: of these some may not fit to each other.
bool chooses_sections(const std::vector<const Axis*>& group) {
  const auto is_section = [](const Value& value) {
    return value.is(Value::Kind::map) ||
           (value.is(Value::Kind::list) &&
            std::any_of(value.items().begin(), value.items().end(),
                        [](const Value& item) { return item.is(Value::Kind::map); }));
  };
  return std::any_of(group.begin(), group.end(), [&](const Axis* axis) {
    const bool whole = axis->path.find('.') == std::string::npos;
    return std::any_of(axis->choices.begin(), axis->choices.end(), [&](const AxisChoice& choice) {
      return is_section(choice.value) || (whole && choice.value.is(Value::Kind::text));
    });
  });
}

// Every two sections that two groups choose, as far as they are few.
std::vector<Settings> pairs_of_sections(const Groups& groups) {
  std::vector<std::size_t> choosing;
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (chooses_sections(groups[g])) choosing.push_back(g);
  std::vector<Settings> all;
  for (std::size_t one = 0; one < choosing.size(); ++one)
    for (std::size_t other = one + 1; other < choosing.size(); ++other)
      for (std::size_t c = 0; c < groups[choosing[one]].front()->choices.size(); ++c)
        for (std::size_t d = 0; d < groups[choosing[other]].front()->choices.size(); ++d) {
          if (all.size() == most_pairs) return all;
          Settings& settings = all.emplace_back();
          for (std::size_t g = 0; g < groups.size(); ++g)
            for (const Axis* axis : groups[g]) {
              const std::size_t value = g == choosing[one] ? c : g == choosing[other] ? d : 0;
              const Settings own = value == 0 ? first_of(*axis) : first_of(*axis, shown(*axis, value));
              settings.insert(settings.end(), own.begin(), own.end());
            }
        }
  return all;
}

}  // namespace

std::vector<Settings> probes_of(const SweepSpec& spec) {
  const Groups groups = tied_axes(spec);
  std::vector<Settings> all;
  std::set<std::string> seen;
  const auto add = [&](std::vector<Settings> some) {
    for (Settings& settings : some)
      if (seen.insert(lines_of(settings)).second) all.push_back(std::move(settings));
  };
  for (std::size_t changed = 0; changed < groups.size(); ++changed)
    for (std::size_t value = 0; value < shown_count(*groups[changed].front()); ++value)
      add(probes_of_value(groups, changed, value));
  add(pairs_of_sections(groups));
  if (all.empty()) all.push_back({});
  return all;
}

}  // namespace descent::sweep

#include "descent/sweep/sweep_axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/base/text.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/section.hpp"

namespace descent::sweep {

namespace {

bool is_prefix(const std::vector<std::string>& shorter, const std::vector<std::string>& longer) {
  return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
}

class AxesReader {
 public:
  AxesReader(SweepSpec& spec, Diagnostics& diagnostics) : spec_(spec), diagnostics_(diagnostics) {}

  void read_axes(const Value* axes) {
    if (axes == nullptr) return;
    if (!axes->is(Value::Kind::map))
      return experiment::add_expectation(
          "sweep.axes", "a map, such as {trainer.batch_size: {choice: [64, 128]}}", *axes, diagnostics_);
    for (const Value::Entry& entry : axes->entries()) add_axis(entry);
  }

  // Outer ones first: where an inner one stands is asked of those that are settled.
  void settle_ranges(const TakesFractions& takes_fractions) {
    for (Axis& axis : spec_.axes) settle(axis, takes_fractions);
  }

  void check_overlaps() {
    for (std::size_t i = 0; i < spec_.axes.size(); ++i)
      for (std::size_t j = 0; j < spec_.axes.size(); ++j) {
        const auto a = experiment::split_path(spec_.axes[i].path),
                   b = experiment::split_path(spec_.axes[j].path);
        if (i == j || !is_prefix(a, b) || (a == b && i > j)) continue;
        diagnostics_.add(
            spec_.axes[j].location,
            fmt::format("the axes '{}' and '{}' overlap: both say what '{}' is; write the inner one "
                        "into the outer one's choices",
                        spec_.axes[i].path, spec_.axes[j].path, spec_.axes[j].path));
      }
  }

  void read_zips(const Value* zip) {
    if (zip == nullptr) return;
    const char* example = "axes to tie together, such as [model.latent, trainer.batch_size]";
    if (!zip->is(Value::Kind::list) || zip->items().empty())
      return experiment::add_expectation("sweep.zip", example, *zip, diagnostics_);
    const bool several = zip->items().front().is(Value::Kind::list);
    const std::vector<Value> groups = several ? zip->items() : std::vector<Value>{*zip};
    std::set<std::size_t> used;
    for (const Value& group : groups) {
      if (!group.is(Value::Kind::list) || group.items().size() < 2)
        experiment::add_expectation("sweep.zip", example, group, diagnostics_);
      else
        read_zip(group, used);
    }
  }

 private:
  void settle(Axis& axis, const TakesFractions& takes_fractions) {
    if (axis.range) {
      const bool fractions = !has_whole_ends(*axis.range) ||
                             (takes_fractions ? takes_fractions(spec_, axis) : !axis.range->is_whole());
      settle_range(axis, !fractions, diagnostics_);
    }
    for (AxisChoice& choice : axis.choices)
      for (Axis& inner : choice.axes) {
        settle(inner, takes_fractions);
        axis.is_wrong = axis.is_wrong || inner.is_wrong;
      }
  }

  void add_axis(const Value::Entry& entry) {
    std::vector<std::string> path;
    try {
      path = experiment::split_path(entry.key);
    } catch (const Error& error) {
      return diagnostics_.append(error.within(entry.key_location));
    }
    for (const char* other : {"sweep", "extends", "name"})
      if (path.front() == other)
        return diagnostics_.add(entry.key_location, fmt::format("'{}' cannot be an axis", other));
    if (path.front() == "seed")
      return diagnostics_.add(entry.key_location,
                              "seeds are no axis, for they are not tuned; write sweep.seeds: 5");
    const Points points = spec_.method == SweepSpec::Method::grid ? Points::required : Points::refused;
    spec_.axes.push_back(read_axis(entry.key, entry.value, points, diagnostics_));
    spec_.axes.back().location = entry.key_location;
  }

  void read_zip(const Value& group, std::set<std::size_t>& used) {
    std::vector<std::string> paths;
    for (const Axis& axis : spec_.axes) paths.push_back(axis.path);
    std::vector<std::size_t> tied;
    for (const Value& item : group.items()) {
      const std::string path = item.is(Value::Kind::text) ? item.text() : "";
      const auto found = std::find(paths.begin(), paths.end(), path);
      if (found == paths.end()) {
        diagnostics_.add(item.location(), fmt::format("'sweep.zip' names {}, which is no axis{}",
                                                      item.description(), suggestion(path, paths)));
        return;
      }
      const auto index = static_cast<std::size_t>(found - paths.begin());
      if (!used.insert(index).second)
        return diagnostics_.add(item.location(), fmt::format("'sweep.zip' ties the axis '{}' twice", path));
      // What is wrong of it is told; how many values it is to have is not known.
      if (spec_.axes[index].is_wrong) return;
      if (spec_.axes[index].choices.empty())
        return diagnostics_.add(
            item.location(),
            fmt::format("'sweep.zip' ties values one by one; the range '{}' has none without "
                        "points",
                        path));
      tied.push_back(index);
    }
    for (const std::size_t index : tied) {
      const std::size_t first = spec_.axes[tied.front()].choices.size(),
                        here = spec_.axes[index].choices.size();
      if (first != here)
        return diagnostics_.add(
            group.location(),
            fmt::format("'sweep.zip' ties axes of unequal length: '{}' has {} values, '{}' has {}",
                        paths[tied.front()], first, paths[index], here));
    }
    spec_.zips.push_back(std::move(tied));
  }

  SweepSpec& spec_;
  Diagnostics& diagnostics_;
};

}  // namespace

void read_sweep_axes(const Value* axes, const Value* zip, const TakesFractions& takes_fractions,
                     SweepSpec& spec, Diagnostics& diagnostics) {
  AxesReader reader(spec, diagnostics);
  reader.read_axes(axes);
  reader.settle_ranges(takes_fractions);
  reader.check_overlaps();
  reader.read_zips(zip);
}

namespace {

void write_range(Value& written, const Axis& axis);

// Axes within a choice, in the order in which they are read.
void write_inner(Value& value, const std::vector<Axis>& axes, std::size_t& next) {
  if (looks_like_axis(value)) {
    write_range(value, axes.at(next++));
  } else if (value.is(Value::Kind::map)) {
    for (Value::Entry& entry : value.entries()) write_inner(entry.value, axes, next);
  } else if (value.is(Value::Kind::list)) {
    for (Value& item : value.items()) write_inner(item, axes, next);
  }
}

void write_range(Value& written, const Axis& axis) {
  if (axis.range) {
    *written.find("min") = axis.range->minimum;
    *written.find("max") = axis.range->maximum;
    return;
  }
  std::vector<Value>& choices = written.find("choice")->items();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    std::size_t next = 0;
    write_inner(choices[i], axis.choices.at(i).axes, next);
  }
}

}  // namespace

void write_ranges(Value& section, const SweepSpec& spec) {
  Value* axes = section.find("axes");  // there, where the section has any
  for (const Axis& axis : spec.axes) write_range(*axes->find(axis.path), axis);
}

}  // namespace descent::sweep

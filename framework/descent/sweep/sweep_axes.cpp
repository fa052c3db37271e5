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

void read_sweep_axes(const Value* axes, const Value* zip, SweepSpec& spec, Diagnostics& diagnostics) {
  AxesReader reader(spec, diagnostics);
  reader.read_axes(axes);
  reader.check_overlaps();
  reader.read_zips(zip);
}

}  // namespace descent::sweep

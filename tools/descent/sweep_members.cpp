#include "sweep_members.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "output.hpp"

namespace descent::program {

namespace fs = std::filesystem;

std::optional<fs::path> SweepMembers::left_sweep(const fs::path& run) {
  const fs::path whole = fs::absolute(run).lexically_normal();
  for (fs::path above = whole.parent_path(); above.has_relative_path(); above = above.parent_path())
    if (const std::set<std::string>* members = members_of(above))
      return members->contains(whole.lexically_relative(above).string()) ? std::nullopt
                                                                         : std::optional(above);
  return std::nullopt;
}

const std::set<std::string>* SweepMembers::members_of(const fs::path& directory) {
  if (const auto known = sweeps_.find(directory); known != sweeps_.end()) return &known->second;
  if (others_.contains(directory)) return nullptr;
  try {
    if (sweep::is_sweep(directory)) {
      std::set<std::string> members;
      for (const sweep::FrozenRun& run : sweep::read_sweep(directory).runs) members.insert(run.folder);
      return &sweeps_.emplace(directory, std::move(members)).first->second;
    }
  } catch (const Error&) {
    // What is wrong with it is said where it is used.
  }
  others_.insert(directory);
  return nullptr;
}

static bool lies_within(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

std::vector<fs::path> find_current_runs(const std::vector<fs::path>& places) {
  SweepMembers members;
  // Whoever names a place inside of a sweep means what is there.
  const auto is_named = [&](const fs::path& run, const fs::path& sweep) {
    return std::any_of(places.begin(), places.end(), [&](const fs::path& named) {
      const fs::path place = fs::absolute(named).lexically_normal();
      return lies_within(fs::absolute(run).lexically_normal(), place) && !lies_within(sweep, place);
    });
  };
  std::vector<fs::path> runs = analysis::find_runs(places);
  const std::size_t left = std::erase_if(runs, [&](const fs::path& run) {
    const auto sweep = members.left_sweep(run);
    return sweep && !is_named(run, *sweep);
  });
  if (left == 0) return runs;
  const std::string what = left == 1 ? "1 run, which no longer belongs to its sweep"
                                     : fmt::format("{} runs, which no longer belong to their sweeps", left);
  if (runs.empty()) throw Error(fmt::format("there is nothing but {}; name one of them to see it", what));
  print(stderr, "note: left out: {}\n", what);
  return runs;
}

}  // namespace descent::program

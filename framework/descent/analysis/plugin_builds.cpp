#include "descent/analysis/plugin_builds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::analysis {

namespace fs = std::filesystem;

void PluginBuilds::add(const fs::path& run, const std::vector<runlog::PluginRow>& plugins) {
  std::error_code unknown;
  const fs::file_time_type written = fs::last_write_time(run / runlog::files::log, unknown);
  const fs::file_time_type time = unknown ? fs::file_time_type::min() : written;
  for (const runlog::PluginRow& row : plugins) {
    std::vector<Build>& builds = builds_[{row.kind + " " + row.name, fs::path(row.path).filename().string()}];
    auto build = std::find_if(builds.begin(), builds.end(), [&](const Build& known) {
      return known.sha256 == row.sha256 && known.path == row.path;
    });
    if (build == builds.end()) build = builds.insert(build, Build{row.sha256, row.path, time, {}});
    build->newest = std::max(build->newest, time);
    build->runs.push_back(runs_.size());
  }
  runs_.push_back(run);
}

std::string PluginBuilds::current_build(const std::vector<Build>& builds) const {
  const auto newest =
      std::max_element(builds.begin(), builds.end(),
                       [](const Build& left, const Build& right) { return left.newest < right.newest; });
  try {
    return sha256_of_file(newest->path);
  } catch (const Error&) {  // it is no longer there
    return newest->sha256;
  }
}

std::map<fs::path, std::vector<std::string>> PluginBuilds::older_runs() const {
  std::map<fs::path, std::vector<std::string>> older;
  for (const auto& [plugin, builds] : builds_) {
    const std::string current = current_build(builds);
    for (const Build& build : builds) {
      if (build.sha256 == current) continue;
      for (const std::size_t run : build.runs) older[runs_[run]].push_back(plugin.first);
    }
  }
  return older;
}

std::string PluginBuilds::sentence() const {
  const auto older = older_runs();
  if (older.empty()) return "";
  std::set<std::string> plugins;
  for (const auto& [run, names] : older) plugins.insert(names.begin(), names.end());
  return fmt::format("{} of {} {} made with older builds of {}", older.size(), runs_.size(),
                     runs_.size() == 1 ? "run was" : "runs were", join({plugins.begin(), plugins.end()}));
}

}  // namespace descent::analysis

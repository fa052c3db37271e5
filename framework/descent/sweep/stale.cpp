#include "descent/sweep/stale.hpp"

#include "descent/run/provenance.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/scheduler.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

std::vector<std::string> CurrentPlugins::changed_since(const fs::path& run) {
  const Libraries& now = libraries_of(run);
  std::vector<std::string> changed;
  for (runlog::PluginRow row : runlog::LogReader(run / runlog::files::log).plugins()) {
    const std::string plugin = row.kind + " " + row.name;
    if (const auto found = now.find(plugin); found != now.end()) row.path = found->second;
    if (!is_same(row)) changed.push_back(plugin);
  }
  return changed;
}

// Seeds of a setting have the same.
const CurrentPlugins::Libraries& CurrentPlugins::libraries_of(const fs::path& run) {
  const auto [location, is_new] = libraries_.try_emplace(run.parent_path());
  if (!is_new) return location->second;
  try {
    for (const PluginInfo& info :
         run::used_plugins(experiment::load_experiment(run / runlog::files::experiment, registry_)))
      location->second[std::string(kind_name(info.kind)) + " " + info.name] = info.library.string();
  } catch (const std::exception&) {
    // Not all of it can be loaded any more: what the log names is looked at where it was.
  }
  return location->second;
}

bool CurrentPlugins::is_same(const runlog::PluginRow& row) {
  const auto [location, is_new] = known_.try_emplace({row.path, row.sha256});
  if (is_new) location->second = analysis::library_now(row);
  return location->second == analysis::LibraryNow::same;
}

std::vector<StaleRun> stale_runs(const FrozenSweep& sweep, Registry& registry) {
  CurrentPlugins plugins(registry);
  std::vector<StaleRun> stale;
  for (std::size_t r = 0; r < sweep.runs.size(); ++r) {
    const fs::path run = sweep.directory_of(r);
    if (!progress_of(run).ended()) continue;
    try {
      StaleRun found{r, plugins.changed_since(run)};
      if (!found.plugins.empty()) stale.push_back(std::move(found));
    } catch (const Error&) {
      // It ended before it had a log.
    }
  }
  return stale;
}

}  // namespace descent::sweep

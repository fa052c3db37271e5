#include "descent/sweep/stale.hpp"

#include <map>

#include "descent/analysis/plugin_check.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/sweep/scheduler.hpp"

namespace descent {

std::vector<StaleRun> stale_runs(const FrozenSweep& sweep) {
  std::map<std::pair<std::string, std::string>, LibraryNow> known;  // by path and SHA-256
  std::vector<StaleRun> stale;
  for (std::size_t r = 0; r < sweep.runs.size(); ++r) {
    const std::filesystem::path run = sweep.directory_of(r);
    if (!progress_of(run).ended()) continue;
    StaleRun found{r, {}};
    try {
      for (const PluginRow& row : LogReader(run / "log.h5").plugins()) {
        const auto key = std::pair(row.path, row.sha256);
        auto now = known.find(key);
        if (now == known.end()) now = known.emplace(key, library_now(row)).first;
        if (now->second != LibraryNow::same) found.plugins.push_back(row.kind + " " + row.name);
      }
    } catch (const Error&) {
      continue;  // it ended before it had a log
    }
    if (!found.plugins.empty()) stale.push_back(std::move(found));
  }
  return stale;
}

}  // namespace descent

#include "read_curves.hpp"

#include <fmt/core.h>

#include "descent/analysis/plugin_builds.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

/// What came of looking for a metric in a run: its curve, or why there is none.
struct Search {
  analysis::LoggedMetric metric = {};
  RunCurve curve = {};
  std::string reason = {};
  bool damaged = false;
  std::vector<runlog::PluginRow> plugins = {};
};

Search search(const fs::path& run, const std::string& name) {
  Search found;
  found.curve.run = run;
  std::error_code error;
  if (!fs::exists(run / runlog::files::log, error)) {
    found.reason = "it has no log yet";
    return found;
  }
  std::vector<analysis::LoggedMetric> metrics;
  try {
    const runlog::LogReader log = run::log_of_run(run);
    found.plugins = log.plugins();
    metrics = analysis::metrics_of(log);
    if (const auto metric = analysis::find_metric(metrics, name)) {
      found.metric = *metric;
      found.curve.steps = log.steps(metric->set);
      found.curve.values = log.column(metric->set, metric->column.name);
      const auto state = runlog::read_status(run);
      found.curve.diverged = state && state->status == runlog::RunStatus::diverged;
      if (found.curve.steps.empty()) found.reason = fmt::format("it has no row of {} yet", metric->name());
      return found;
    }
  } catch (const Error& damage) {
    found.reason = damage.what();
    found.damaged = true;
    return found;
  }
  try {
    analysis::require_metric(metrics, name);
  } catch (const Error& unknown) {
    found.reason = unknown.what();
  }
  return found;
}

}  // namespace

// What keeps a run from having a curve is said of it, as long as another has one.
ReadRuns read_runs(const std::vector<fs::path>& runs, const std::string& name) {
  ReadRuns read;
  std::vector<Search> without;
  analysis::PluginBuilds builds;
  for (const fs::path& run : runs) {
    Search found = search(run, name);
    if (found.reason.empty() && !read.curves.empty() && found.metric.name() != read.metric.name())
      found.reason =
          fmt::format("there '{}' means {}, not {}", name, found.metric.name(), read.metric.name());
    if (!found.reason.empty()) {
      read.damaged = read.damaged || found.damaged;
      without.push_back(std::move(found));
      continue;
    }
    builds.add(run, found.plugins);
    if (read.curves.empty()) read.metric = found.metric;
    read.curves.push_back(std::move(found.curve));
  }
  if (read.curves.empty())
    throw Error(fmt::format("{}: {}{}", without.front().curve.run.string(), without.front().reason,
                            without.size() == 1
                                ? std::string()
                                : fmt::format(" (none of the {} runs has a curve)", without.size())));
  for (const Search& found : without) {
    // What there is instead was not asked for.
    const std::string reason = found.damaged ? found.reason : found.reason.substr(0, found.reason.find(';'));
    print(stderr, "note: {}: {}\n", found.curve.run.string(), reason);
  }
  if (const std::string older = builds.sentence(); !older.empty()) print(stderr, "note: {}\n", older);
  return read;
}

}  // namespace descent::program

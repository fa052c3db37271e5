#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/analysis/metrics.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

/// What is read of a sweep's runs.
struct ResultsRequest {
  /// As find_objective() and find_metric() take them; none: the objective and main_metrics().
  std::vector<std::string> metrics = {};
  /// The best row of each metric too, and how far and how long each run played by its log.
  bool whole = false;
  /// The objective alone, where no metrics are named; none where no log has it yet.
  bool objective_alone = false;
};

/// What one run has found so far.
struct RunOutcome {
  /// With `whole` as summarize_run() has it, otherwise as run_status_of().
  analysis::RunSummary summary = {};
  bool has_log = false;
  /// Of SweepResults::metrics; nothing where its log has no row of it.
  std::vector<std::optional<analysis::MetricPoint>> last = {}, best = {};
  /// Plugins of which it used an older build: `optimizer adam` (analysis::PluginBuilds). Not looked for where the objective
  /// is read alone.
  std::vector<std::string> older_plugins = {};
};

struct SweepResults {
  std::vector<analysis::LoggedMetric> metrics;  ///< the objective first
  std::vector<RunOutcome> runs;                 ///< as FrozenSweep::runs
  /// What could not be read; those runs are `damaged`.
  std::vector<std::string> diagnostics;
  /// PluginBuilds::sentence() of the runs.
  std::string older_builds = {};
};

/// Reads what every run of the list has found, of those too that are going on, and changes nothing. Throws
/// Error for a metric that was asked for and that no log has, or that may be several.
DESCENT_API SweepResults read_results(const FrozenSweep& sweep, const ResultsRequest& request = {});

/// Reads one run anew, for results of the objective alone.
DESCENT_API void read_objective_again(const FrozenSweep& sweep, std::size_t run, SweepResults& results);

/// One value of the experiment that the axes set.
struct SweepOption {
  std::string path;           ///< `optimizer.plugin`, `optimizer.learning_rate`
  std::vector<Value> values;  ///< of each run; null: it has no such option
};

/// Everything that the axes set, sections taken apart, in the order in which it first stands.
DESCENT_API std::vector<SweepOption> options_of(const FrozenSweep& sweep);

}  // namespace descent::sweep

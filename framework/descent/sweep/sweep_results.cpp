#include "descent/sweep/sweep_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "descent/analysis/plugin_builds.hpp"
#include "descent/base/error.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/objective.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

/// The rows of one metric that count.
struct MetricPoints {
  std::optional<analysis::MetricPoint> last, best;
};

class Reading {
 public:
  Reading(const FrozenSweep& sweep, const ResultsRequest& request) : sweep_(sweep), request_(request) {}

  SweepResults read() {
    for (std::size_t run = 0; run < sweep_.runs.size(); ++run) read_run(sweep_.directory_of(run));
    results_.metrics = wanted_of_all();
    for (std::size_t run = 0; run < results_.runs.size(); ++run) {
      for (const analysis::LoggedMetric& metric : results_.metrics) {
        const MetricPoints points = points_[run][metric.name()];
        results_.runs[run].last.push_back(points.last);
        results_.runs[run].best.push_back(points.best);
      }
    }
    const auto older = builds_.older_runs();
    for (std::size_t run = 0; run < results_.runs.size(); ++run)
      if (const auto found = older.find(sweep_.directory_of(run)); found != older.end())
        results_.runs[run].older_plugins = found->second;
    results_.older_builds = builds_.sentence();
    return std::move(results_);
  }

  void read_again(std::size_t run, SweepResults& results) {
    read_run(sweep_.directory_of(run));
    if (results.metrics.empty()) results.metrics = wanted_of_all();
    for (RunOutcome& outcome : results.runs) outcome.last.resize(results.metrics.size());
    RunOutcome& outcome = results.runs[run];
    outcome = std::move(results_.runs.front());
    for (const analysis::LoggedMetric& metric : results.metrics)
      outcome.last.push_back(points_.front()[metric.name()].last);
  }

 private:
  void read_run(const fs::path& directory) {
    RunOutcome run;
    std::map<std::string, MetricPoints> points;
    run.summary =
        request_.whole ? analysis::summarize_run(directory, reader_) : analysis::run_status_of(directory);
    std::error_code unknown;
    run.has_log = fs::exists(directory / runlog::files::log, unknown);
    try {
      if (run.summary.status == runlog::RunStatus::damaged) throw Error(run.summary.reason);
      const bool need_have_none = run.summary.never_began() || run.summary.is_live();
      if (run.has_log || !need_have_none) points = read_log(directory);
    } catch (const Error& damage) {
      run.summary.status = runlog::RunStatus::damaged;
      run.summary.reason = damage.what();
      points.clear();
      results_.diagnostics.push_back(fmt::format("{}: {}", directory.string(), damage.what()));
    }
    results_.runs.push_back(std::move(run));
    points_.push_back(std::move(points));
  }

  std::map<std::string, MetricPoints> read_log(const fs::path& directory) {
    const runlog::LogReader log = run::log_of_run(directory);
    if (!request_.objective_alone) builds_.add(directory, log.plugins());
    const std::vector<analysis::LoggedMetric> there = analysis::metrics_of(log);
    for (const analysis::LoggedMetric& metric : there)
      if (known_.insert(metric.name()).second) metrics_.push_back(metric);
    std::map<std::string, MetricPoints> points;
    for (const analysis::LoggedMetric& metric : wanted(there))
      points[metric.name()] = {analysis::last_point(log, metric),
                               request_.whole ? analysis::best_point(log, metric) : std::nullopt};
    return points;
  }

  // By the objective's own name the objective is meant, whatever else is called alike.
  std::optional<analysis::LoggedMetric> find(const std::vector<analysis::LoggedMetric>& there,
                                             const std::string& name) const {
    auto objective = name == sweep_.spec.objective ? find_objective(there, name) : std::nullopt;
    return objective ? objective : analysis::find_metric(there, name);
  }

  std::vector<analysis::LoggedMetric> wanted(const std::vector<analysis::LoggedMetric>& there) const {
    std::vector<analysis::LoggedMetric> metrics;
    const auto add = [&](analysis::LoggedMetric metric) {
      const auto same = [&](const analysis::LoggedMetric& other) { return other.name() == metric.name(); };
      if (std::none_of(metrics.begin(), metrics.end(), same)) metrics.push_back(std::move(metric));
    };
    for (const std::string& name : request_.metrics)
      if (auto metric = find(there, name)) add(std::move(*metric));
    if (!request_.metrics.empty()) return metrics;
    if (auto objective = find_objective(there, sweep_.spec.objective)) add(std::move(*objective));
    if (request_.objective_alone) return metrics;
    for (analysis::LoggedMetric& metric : analysis::main_metrics(there)) add(std::move(metric));
    return metrics;
  }

  // A mistake in the request is told when all logs have been seen: another may have that metric.
  std::vector<analysis::LoggedMetric> wanted_of_all() const {
    for (const std::string& name : request_.metrics) {
      if (metrics_.empty())
        throw Error(
            fmt::format("no run of the sweep '{}' has a log with a metric yet", sweep_.directory.string()));
      if (!find(metrics_, name)) require_metric(metrics_, name);
    }
    return wanted(metrics_);
  }

  const FrozenSweep& sweep_;
  const ResultsRequest& request_;
  analysis::ExperimentReader reader_;
  analysis::PluginBuilds builds_;
  SweepResults results_;
  std::vector<std::map<std::string, MetricPoints>> points_;  // of each run
  std::vector<analysis::LoggedMetric> metrics_;              // of all logs
  std::set<std::string> known_;
};

}  // namespace

SweepResults read_results(const FrozenSweep& sweep, const ResultsRequest& request) {
  return Reading(sweep, request).read();
}

void read_objective_again(const FrozenSweep& sweep, std::size_t run, SweepResults& results) {
  Reading(sweep, {{}, false, true}).read_again(run, results);
}

std::vector<SweepOption> options_of(const FrozenSweep& sweep) {
  std::vector<std::vector<analysis::OptionValue>> of_run;
  std::set<std::string> sections;  // that name a plugin in some run
  for (const FrozenRun& run : sweep.runs) {
    std::vector<analysis::OptionValue>& options = of_run.emplace_back();
    for (const Setting& setting : run.settings) flatten(setting.path, setting.value, options);
    for (const analysis::OptionValue& option : options)
      if (option.path.ends_with(".plugin")) sections.insert(option.path.substr(0, option.path.rfind('.')));
  }
  std::vector<SweepOption> all;
  std::map<std::string, std::size_t> places;
  for (std::size_t run = 0; run < of_run.size(); ++run) {
    for (analysis::OptionValue& option : of_run[run]) {
      // `adam` among sections is short for `{plugin: adam}`.
      if (sections.contains(option.path)) option.path += ".plugin";
      const auto [location, fresh] = places.emplace(option.path, all.size());
      if (fresh) all.push_back({option.path, std::vector<Value>(sweep.runs.size())});
      all[location->second].values[run] = std::move(option.value);
    }
  }
  return all;
}

}  // namespace descent::sweep

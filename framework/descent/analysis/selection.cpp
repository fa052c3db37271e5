#include "descent/analysis/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent::analysis {

namespace {

bool is_selected(const LoggedMetric& metric, const LogRequest& request,
                 const std::vector<LoggedMetric>& named) {
  const auto same = [&](const LoggedMetric& other) { return other.name() == metric.name(); };
  if (std::find(request.sets.begin(), request.sets.end(), metric.set) != request.sets.end()) return true;
  return std::any_of(named.begin(), named.end(), same);
}

std::vector<SelectedSet> select_sets(const runlog::LogReader& log, const LogRequest& request) {
  const std::vector<LoggedMetric> metrics = metrics_of(log);
  for (const std::string& set : request.sets) log.rows(set);  // throws Error where there is none
  std::vector<LoggedMetric> named;
  for (const std::string& name : request.metrics) named.push_back(require_metric(metrics, name));
  const bool all = request.sets.empty() && request.metrics.empty() && request.series.empty();
  std::vector<SelectedSet> sets;
  for (const LoggedMetric& metric : metrics) {
    if (!all && !is_selected(metric, request, named)) continue;
    if (sets.empty() || sets.back().name != metric.set) sets.push_back({metric.set, {}});
    sets.back().metrics.push_back(metric);
  }
  return sets;
}

bool is_meant(const std::string& pattern, const std::string& path) {
  return matches(pattern, path) || matches(pattern, path.substr(path.find('/') + 1));
}

std::vector<runlog::SeriesInfo> select_series(const runlog::LogReader& log,
                                              const std::vector<std::string>& patterns) {
  const std::vector<runlog::SeriesInfo> all = log.series();
  std::vector<runlog::SeriesInfo> selected;
  for (const std::string& pattern : patterns) {
    bool found = false;
    for (const runlog::SeriesInfo& series : all) {
      if (!is_meant(pattern, series.path)) continue;
      found = true;
      const bool known = std::any_of(selected.begin(), selected.end(), [&](const runlog::SeriesInfo& other) {
        return other.path == series.path;
      });
      if (!known) selected.push_back(series);
    }
    if (found) continue;
    std::vector<std::string> paths;
    for (const runlog::SeriesInfo& series : all) paths.push_back(series.path);
    throw Error(
        all.empty()
            ? std::string(
                  "the log has no tensors and no samples: log.tensors in the experiment asks for them")
            : fmt::format("the log has no series '{}'{}", pattern, suggestion(pattern, paths)));
  }
  return selected;
}

}  // namespace

Selection select(const runlog::LogReader& log, const LogRequest& request) {
  Selection selection{select_sets(log, request), select_series(log, request.series)};
  for (const SelectedSet& set : selection.sets)
    static_cast<void>(log.steps(set.name));  // Error where a row is damaged, before anything is printed
  for (const runlog::SeriesInfo& series : selection.series) log.require_whole(series.path);
  return selection;
}

}  // namespace descent::analysis

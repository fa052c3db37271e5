#include "descent/sweep/objective.hpp"

#include <algorithm>
#include <cmath>

#include "descent/run/resume.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::sweep {

std::optional<analysis::LoggedMetric> find_objective(const std::vector<analysis::LoggedMetric>& metrics,
                                                     const std::string& objective) {
  std::vector<analysis::LoggedMetric> found;
  for (const analysis::LoggedMetric& metric : metrics) {
    if (!metric.is_measured()) continue;
    const std::string item = metric.set.substr(metric.set.find('.') + 1);  // behind its split
    if (objective == item || objective == item + "/" + metric.column.name) found.push_back(metric);
  }
  if (found.size() != 1) return std::nullopt;
  return std::move(found.front());
}

// `point_of` finds the row that is meant.
template <class PointOf>
static std::optional<ObjectiveValue> objective_of(const std::filesystem::path& run,
                                                  const std::string& objective, PointOf&& point_of) {
  const std::filesystem::path file = run / runlog::files::log;
  std::error_code unknown;
  // A disk that fails once is asked again, lest a good run be taken for one without a value.
  for (int tries = 2; tries > 0 && std::filesystem::exists(file, unknown); --tries) {
    try {
      const runlog::LogReader log = run::log_of_run(run);
      const auto metric = find_objective(analysis::metrics_of(log), objective);
      if (!metric) return std::nullopt;
      const std::optional<double> value = point_of(log, *metric);
      if (!value || !std::isfinite(*value)) return std::nullopt;
      return ObjectiveValue{*value, metric->column.direction == "higher"};
    } catch (const Error&) {
      continue;  // a log that is damaged; `descent verify` says so
    }
  }
  return std::nullopt;
}

std::optional<ObjectiveValue> last_objective(const std::filesystem::path& run, const std::string& objective) {
  return objective_of(run, objective, [](const runlog::LogReader& log, const analysis::LoggedMetric& metric) {
    const auto point = analysis::last_point(log, metric);
    return point ? std::optional(point->value) : std::nullopt;
  });
}

std::optional<ObjectiveValue> objective_at(const std::filesystem::path& run, const std::string& objective,
                                           std::int64_t step) {
  return objective_of(
      run, objective, [step](const runlog::LogReader& log, const analysis::LoggedMetric& metric) {
        const std::vector<std::int64_t> steps = log.steps(metric.set);
        const auto row = std::find(steps.begin(), steps.end(), step);
        if (row == steps.end()) return std::optional<double>();
        return std::optional(
            log.column(metric.set, metric.column.name)[static_cast<std::size_t>(row - steps.begin())]);
      });
}

}  // namespace descent::sweep

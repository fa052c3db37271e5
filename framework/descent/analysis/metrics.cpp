#include "descent/analysis/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent::analysis {

namespace {

bool is_meant(const LoggedMetric& metric, std::string_view name, const std::vector<LoggedMetric>& metrics) {
  const auto ends_with = [name](const std::string& whole) {
    return whole.size() > name.size() && whole.ends_with(name) &&
           (whole[whole.size() - name.size() - 1] == '/' || whole[whole.size() - name.size() - 1] == '.');
  };
  if (ends_with(metric.name())) return true;
  const auto columns = std::count_if(metrics.begin(), metrics.end(),
                                     [&](const LoggedMetric& other) { return other.set == metric.set; });
  return columns == 1 && (metric.set == name || ends_with(metric.set));
}

std::vector<LoggedMetric> meant(const std::vector<LoggedMetric>& metrics, std::string_view name) {
  std::vector<LoggedMetric> found;
  for (const LoggedMetric& metric : metrics) {
    if (metric.name() == name) return {metric};
    if (is_meant(metric, name, metrics)) found.push_back(metric);
  }
  return found;
}

MetricPoint point_at(const runlog::LogReader& log, const LoggedMetric& metric, std::int64_t row) {
  return {log.steps(metric.set, row, 1).front(), log.column(metric.set, metric.column.name, row, 1).front()};
}

}  // namespace

bool LoggedMetric::is_measured() const {
  return set != "train" && !set.starts_with("loss.") && !set.starts_with("optimizer.") &&
         !set.starts_with("summary.");
}

bool LoggedMetric::is_of_one_parameter() const {
  return set.starts_with("optimizer.") && column.name.find('/') != std::string::npos;
}

std::vector<LoggedMetric> metrics_of(const runlog::LogReader& log) {
  std::vector<LoggedMetric> metrics;
  for (const runlog::MetricSet& set : log.sets())
    for (const runlog::MetricColumn& column : set.columns) metrics.push_back({set.name, column});
  return metrics;
}

std::vector<LoggedMetric> main_metrics(const std::vector<LoggedMetric>& metrics) {
  std::vector<LoggedMetric> measured, objectives;
  for (const LoggedMetric& metric : metrics) {
    if (metric.is_measured()) measured.push_back(metric);
    const std::string& name = metric.column.name;
    if (metric.set == "train" && (name == "objective" || name.ends_with("/objective")))
      objectives.push_back(metric);
  }
  return measured.empty() ? objectives : measured;
}

std::optional<LoggedMetric> find_metric(const std::vector<LoggedMetric>& metrics, std::string_view name) {
  std::vector<LoggedMetric> found = meant(metrics, name);
  if (found.size() != 1) return std::nullopt;
  return std::move(found.front());
}

LoggedMetric require_metric(const std::vector<LoggedMetric>& metrics, std::string_view name) {
  std::vector<LoggedMetric> found = meant(metrics, name);
  if (found.size() == 1) return std::move(found.front());
  std::vector<std::string> names;
  for (const LoggedMetric& metric : found.empty() ? metrics : found) names.push_back(metric.name());
  if (!found.empty())
    throw Error(fmt::format("the metric '{}' may be one of {}: say which", name, join(names)));
  // What is near may be near the end of a name only.
  std::vector<std::string> endings = names;
  for (const LoggedMetric& metric : metrics) {
    endings.push_back(metric.column.name);
    endings.push_back(metric.name().substr(metric.name().find_first_of("./") + 1));
  }
  const auto near = nearest(name, endings);
  throw Error(fmt::format("there is no metric '{}'{}", name,
                          near ? fmt::format("; did you mean '{}'?", *near) : "; there are: " + join(names)));
}

std::optional<MetricPoint> last_point(const runlog::LogReader& log, const LoggedMetric& metric) {
  const std::int64_t rows = log.rows(metric.set);
  if (rows == 0) return std::nullopt;
  return point_at(log, metric, rows - 1);
}

std::optional<MetricPoint> best_point(const runlog::LogReader& log, const LoggedMetric& metric) {
  if (metric.column.direction.empty()) return std::nullopt;
  const bool higher = metric.column.direction == "higher";
  const std::vector<double> values = log.column(metric.set, metric.column.name);
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]) &&
        (!best || (higher ? values[i] > values[*best] : values[i] < values[*best])))
      best = i;
  if (!best) return std::nullopt;
  return point_at(log, metric, static_cast<std::int64_t>(*best));
}

}  // namespace descent::analysis

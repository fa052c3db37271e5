#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/runlog/log_reader.hpp"

namespace descent::analysis {

/// One column of a log: `test.mode_coverage/modes`, `train/generator/objective`.
struct LoggedMetric {
  std::string set;
  runlog::MetricColumn column;
  /// `SET/COLUMN`
  std::string name() const { return set + "/" + column.name; }
  /// Whether a metric of the experiment measured it, not training itself.
  DESCENT_API bool is_measured() const;
  /// Whether it belongs to one of a player's many parameters (`log.optimizer` with `per: parameter`): more
  /// than people want to see without asking.
  DESCENT_API bool is_of_one_parameter() const;
};

/// Every metric of a log, in its order.
DESCENT_API std::vector<LoggedMetric> metrics_of(const runlog::LogReader& log);

/// The metrics that a run is judged by: those that the experiment's metrics measured; where it has none, the
/// players' objectives.
DESCENT_API std::vector<LoggedMetric> main_metrics(const std::vector<LoggedMetric>& metrics);

/// The metric that `name` means: its whole name, or as much of its end as tells it from the others
/// (`mode_coverage/modes`, `modes`), or its set's where that has one column. Nothing when there is none, or
/// several are meant.
DESCENT_API std::optional<LoggedMetric> find_metric(const std::vector<LoggedMetric>& metrics,
                                                    std::string_view name);
/// The same; throws Error that names the nearest, or those that are meant.
DESCENT_API LoggedMetric require_metric(const std::vector<LoggedMetric>& metrics, std::string_view name);

/// A row of a metric.
struct MetricPoint {
  std::int64_t step = 0;
  double value = 0;
};

/// The last row. Nothing when there is none. Throws Error when its checksum says that it is damaged.
DESCENT_API std::optional<MetricPoint> last_point(const runlog::LogReader& log, const LoggedMetric& metric);
/// The first row with the best value in the metric's direction; nothing when there is no finite one, or no
/// direction. Throws Error likewise.
DESCENT_API std::optional<MetricPoint> best_point(const runlog::LogReader& log, const LoggedMetric& metric);

}  // namespace descent::analysis

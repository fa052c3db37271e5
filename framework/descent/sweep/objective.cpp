#include "descent/sweep/objective.hpp"

#include <cmath>

#include "descent/analysis/metrics.hpp"

namespace descent {

std::optional<ObjectiveValue> last_objective(const std::filesystem::path& run, const std::string& objective) {
  try {
    const LogReader log(run / "log.h5");
    const auto metric = find_metric(metrics_of(log), objective);
    if (!metric) return std::nullopt;
    const auto point = last_point(log, *metric);
    if (!point || !std::isfinite(point->value)) return std::nullopt;
    return ObjectiveValue{point->value, metric->column.direction == "higher"};
  } catch (const Error&) {
    return std::nullopt;  // a log that is damaged or was never begun; `descent verify` says which
  }
}

}  // namespace descent

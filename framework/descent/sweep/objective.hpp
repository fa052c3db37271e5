#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/analysis/metrics.hpp"
#include "descent/base/api.hpp"

namespace descent::sweep {

/// What a run found of a sweep's objective.
struct ObjectiveValue {
  double value = 0;  ///< in its last row; finite
  bool higher_is_better = false;

  bool is_better_than(double other) const { return higher_is_better ? value > other : value < other; }
};

/// The column that a sweep's objective names: what the experiment's metrics measured as `METRIC/MEASURE`, in
/// whichever split, or the one measure of `METRIC`. What training logs is never meant, whatever it is called.
/// Nothing where there is none.
DESCENT_API std::optional<analysis::LoggedMetric> find_objective(
    const std::vector<analysis::LoggedMetric>& metrics, const std::string& objective);

/// Nothing where the log has no such metric, no row of it, or a last one that is not finite.
DESCENT_API std::optional<ObjectiveValue> last_objective(const std::filesystem::path& run,
                                                         const std::string& objective);

/// The same, of the row of a step.
DESCENT_API std::optional<ObjectiveValue> objective_at(const std::filesystem::path& run,
                                                       const std::string& objective, std::int64_t step);

}  // namespace descent::sweep

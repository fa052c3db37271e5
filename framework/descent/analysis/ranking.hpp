#pragma once

#include <cstddef>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent::analysis {

/// How the runs of a group, such as the seeds of one setting, did by one number.
struct Standing {
  std::size_t count = 0;    ///< runs with a finite value
  double mean = 0;          ///< of these values; of none without meaning
  std::size_t wrong = 0;    ///< runs that diverged, failed, or ended without a finite value
  std::size_t missing = 0;  ///< runs that have not ended
};

/// Whether `left` ranks before `right`, by the one order that everything goes by that compares groups: tables, figures,
/// the protocols and methods of sweeps.
///
///   1. A group with a value comes before one without.
///   2. Then the one of which fewer runs went wrong, for a mean over those that are left flatters it.
///   3. Then the better mean in `direction`, `higher` or `lower`.
///   4. Then the one of which fewer runs are missing.
///
/// Groups of which neither ranks before the other stay in the order in which they are listed. Always false without a
/// direction.
DESCENT_API bool ranks_before(const Standing& left, const Standing& right, std::string_view direction);

}  // namespace descent::analysis

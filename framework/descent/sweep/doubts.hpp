#pragma once

#include <string>
#include <vector>

#include "descent/sweep/setting_results.hpp"

namespace descent::sweep {

/// What should be known of a sweep's best settings before they are believed, a sentence each: one lies on the
/// edge of an axis of numbers, so that better ones may lie beyond; it rests on one seed; some of its runs
/// went wrong; an optimizer has no value at all; runs have not ended yet, or were made with older builds of
/// plugins.
DESCENT_API std::vector<std::string> doubts_about(const FrozenSweep& sweep, const SweepResults& results,
                                                  const SweepReport& report);

}  // namespace descent::sweep

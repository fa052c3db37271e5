#pragma once

#include <string>

#include "descent/sweep/plan.hpp"

namespace descent {

/// Loads the experiments that show every value of every axis, assembles those that choose whole sections, and
/// looks for the objective among their metrics. Returns the experiment's name. Internal.
std::string check_plan(const SweepPlan& plan, Registry& registry, Problems& problems);

}  // namespace descent

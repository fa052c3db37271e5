#pragma once

#include <string>

#include "descent/config/diagnostics.hpp"
#include "descent/sweep/plan.hpp"

namespace descent::sweep {

/// Loads the experiments that show every value of every axis, assembles those that choose whole sections, and
/// looks for the objective among their metrics. Fills in the plan's name, and the objective's whole one.
/// Internal.
void check_plan(SweepPlan& plan, Registry& registry, Diagnostics& diagnostics);

}  // namespace descent::sweep

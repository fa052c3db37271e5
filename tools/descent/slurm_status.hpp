#pragma once

#include <vector>

#include "descent/analysis/run_summary.hpp"

namespace descent::program {

/// Adds to the reasons of runs that have not ended what Slurm says of their tasks: that they wait and why, or
/// what ended them. A run that Slurm says is running is so, though its lock may not be seen from here.
/// Returns why Slurm could not be asked, or nothing.
std::vector<std::string> add_slurm_states(std::vector<analysis::RunSummary>& runs);

}  // namespace descent::program

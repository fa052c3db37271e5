#pragma once

#include <set>

#include "descent/plugin/registry.hpp"
#include "descent/runlog/run_status.hpp"
#include "play_sweep.hpp"

namespace descent::program {

/// Submits what is missing of a sweep to Slurm, says what is there, and returns the program's exit code.
int submit_sweep(sweep::FrozenSweep& sweep, Registry& registry, const SweepArguments& arguments,
                 const std::set<runlog::RunStatus>& retried);

/// Plays one run of a sweep, in a process of its own, to its end or to the step `until`, and returns the
/// program's exit code: what a cluster's job does.
int play_only(const std::string& sweep, const std::string& folder, std::int64_t until,
              const SweepArguments& arguments);

}  // namespace descent::program

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/runlog/status_file.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::testing {

/// The numbers that a run measured of `train.objective/value`, of which less is better.
struct MeasuredRow {
  std::int64_t step = 0;
  double value = 0;
};

/// Freezes a sweep over Rosenbrock's function below `root` (`root/valley`), without playing a run of it.
/// `section` is the text under `sweep:`, in braces or indented; its axes may set any option, and its
/// objective is `objective/value`.
sweep::FrozenSweep frozen_sweep(const std::filesystem::path& root, const std::string& section);

/// Makes a run end as if it had been played: writes its log with these rows, one second each, and its status.
/// `folder` is the run's below the sweep.
void end_run(const sweep::FrozenSweep& sweep, const std::string& folder, const runlog::RunState& state,
             const std::vector<MeasuredRow>& rows);

/// The same for a run that is done after 100 steps with that value.
void finish_run(const sweep::FrozenSweep& sweep, const std::string& folder, double value);

/// The same for seeds 1, 2, ... of a setting.
void finish_runs(const sweep::FrozenSweep& sweep, const std::string& setting,
                 const std::vector<double>& values);

/// The same for runs that ended at a target, in these steps and seconds of training.
void reach_target(const sweep::FrozenSweep& sweep, const std::string& folder, std::int64_t step,
                  double seconds, double value);

/// A run that diverged at step 7, before it measured anything.
void diverge_run(const sweep::FrozenSweep& sweep, const std::string& folder);

}  // namespace descent::testing

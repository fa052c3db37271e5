#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "descent/sweep/scheduler.hpp"
#include "descent/sweep/slurm_arrays.hpp"

namespace descent::sweep {

struct SlurmOptions {
  /// What plays one run on a node: of a task that pauses `--until STEP`, and `--only FOLDER` for the run,
  /// come behind these words.
  std::vector<std::string> program;
  /// Tasks at a time; 0: as the sweep says.
  std::int64_t jobs = 0;
};

struct SlurmReport {
  struct Submitted {
    std::string job;
    std::filesystem::path folder;
    std::size_t runs = 0;
  };
  std::vector<Submitted> submitted;
  /// Runs that an earlier call submitted and that wait or run.
  std::size_t active = 0;
};

/// Marks the runs that Slurm ended for their memory as failed: once more would end no other way. Whatever
/// else took a task away (a time limit, pre-emption, a node, scancel) leaves its run to be gone on with.
DESCENT_API void mark_out_of_memory(const FrozenSweep& sweep);

/// Submits what a scheduler gives now, but for runs whose task waits or runs, as job arrays in the sweep's
/// directory. Throws Error when one of Slurm's programs refuses, with its words; what was submitted before
/// stays submitted.
DESCENT_API SlurmReport submit_to_slurm(const FrozenSweep& sweep, Scheduler& scheduler,
                                        const SlurmOptions& options);

}  // namespace descent::sweep

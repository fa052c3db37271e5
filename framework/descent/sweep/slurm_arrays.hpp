#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::sweep {

/// A job array of a sweep, in the sweep's directory:
///
///     slurm/3/tasks.txt   folders of runs, a line each; the first is task 0
///     slurm/3/job.sh      what sbatch was given
///     slurm/3/job.yaml    the job's id
///     slurm/3/7.txt       what task 7 said
struct SlurmArray {
  std::filesystem::path folder;
  std::vector<std::string> runs;
  std::string job;  ///< empty: it was not written down

  std::filesystem::path script() const { return folder / "job.sh"; }
};

/// In the order in which they were submitted; none where the directory has no `slurm/`.
std::vector<SlurmArray> read_slurm_arrays(const std::filesystem::path& sweep_directory);

/// A folder `slurm/N` with its list; N is the first number that is free.
SlurmArray make_slurm_array(const std::filesystem::path& sweep_directory,
                            const std::vector<std::string>& runs);

/// The task that was last submitted for a run; or one before it, if that is not over.
struct SlurmTask {
  std::string job;     ///< `4711_3`
  std::string state;   ///< Slurm's word; empty: Slurm knows it no longer
  std::string reason;  ///< why it waits
  std::filesystem::path output;

  /// It will not run any more.
  DESCENT_API bool is_over() const;
};

/// By the runs' folders. Asks squeue, and sacct where there is accounting. Throws Error when squeue refuses.
DESCENT_API std::map<std::string, SlurmTask> slurm_tasks(const std::filesystem::path& sweep_directory);

}  // namespace descent::sweep

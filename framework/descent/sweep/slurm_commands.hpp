#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Slurm, by its own programs. What one of them refuses throws Error with its words. Internal.
namespace descent::sweep {

/// A task of a job array of this user, waiting, running, or over for a short time.
struct QueuedTask {
  std::filesystem::path script;  ///< that sbatch was given
  std::string job;               ///< of the array
  std::size_t index = 0;
  std::string state;   ///< `PENDING`, `RUNNING`, `TIMEOUT`, …
  std::string reason;  ///< why it waits: `Resources`
};

/// What squeue knows.
std::vector<QueuedTask> queued_tasks();

/// What accounting knows of arrays' tasks, by job (`4711_3`): a word for the state. Empty where there is no
/// accounting.
std::map<std::string, std::string> accounted_states(const std::vector<std::string>& jobs);

/// Submits a script to the end of the queue; `output` is a file name as sbatch takes it, `%a` being the
/// task's index. Returns the job's id.
std::string submit_job(const std::filesystem::path& script, const std::string& output);

/// The most tasks that one array may have here.
std::size_t most_array_tasks();

}  // namespace descent::sweep

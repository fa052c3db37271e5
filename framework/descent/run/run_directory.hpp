#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "descent/experiment/experiment.hpp"
#include "descent/run/run.hpp"
#include "descent/runlog/directory_lock.hpp"

namespace descent::run {

/// The directory of one run while it is made: claimed, locked, and taken back when the run does not begin.
class DESCENT_API ClaimedDirectory {
 public:
  /// Makes the directory. Throws Error when it cannot be made, or when something else is there: what another
  /// process has made is left alone.
  explicit ClaimedDirectory(const std::filesystem::path& directory);
  /// Removes it, and the parents that were made for it, unless keep() was called.
  ~ClaimedDirectory();
  ClaimedDirectory(const ClaimedDirectory&) = delete;
  ClaimedDirectory& operator=(const ClaimedDirectory&) = delete;
  runlog::RunDirectoryLock keep();

 private:
  void remove_parents() const;

  std::filesystem::path directory_;
  std::filesystem::path first_made_;
  std::optional<runlog::RunDirectoryLock> lock_;
};

/// Whether a run is done. One that was to get more steps, and was killed before its status said so, is not:
/// its log is going on, or is still that of fewer steps. Throws Error when its files cannot be read.
bool has_ended(const std::filesystem::path& directory);

/// What a finished run of this experiment (RunIdentity), with these metrics, found, if `directory` holds one; nothing when the
/// directory does not exist. Throws Error, naming `--fresh` and what else helps, when it holds anything else: a run that
/// has not ended, one of fewer or more steps, one of an earlier version.
std::optional<RunResult> finished_run(const std::filesystem::path& directory,
                                      const std::string& frozen_experiment,
                                      const std::vector<experiment::MetricItem>& metrics);

/// Renames what is there: `seed=1` becomes `seed=1.old-1`, or the next number that is free.
void move_aside(const std::filesystem::path& directory);

/// The last row of each of the metrics in a log.
std::vector<Finding> last_findings(const std::filesystem::path& directory,
                                   const std::vector<experiment::MetricItem>& metrics);

}  // namespace descent::run

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::runlog {
class RunDirectoryLock;
}

namespace descent::run {

/// What verify_run() found.
struct RunVerdict {
  /// What is wrong, a sentence each; none for a run that is whole.
  std::vector<std::string> damage;
  /// What could not be read because another program has it open for writing, or had and was killed: a sentence each.
  std::vector<std::string> in_use;
  /// What was read and found whole: `log.h5: 1200 rows in 3 sets, 24 snapshots in 4 series`.
  std::vector<std::string> whole;
  /// A process has the run: what is whole now goes on.
  bool live = false;
  /// The log is damaged, or was left open by a writer that is gone: repair_log() makes a whole one.
  bool log_needs_repair = false;
  /// Not of a log that is of a newer schema, or says nothing any more of what it holds.
  bool log_can_be_repaired = true;
};

/// Reads everything a run directory holds, with its checksums: experiment.yaml, status.yaml, log.h5, every
/// checkpoint. Changes nothing. Throws Error when `directory` is no run: it has neither status.yaml nor
/// log.h5.
DESCENT_API RunVerdict verify_run(const std::filesystem::path& directory);

/// The same, by the process that has the run's lock: nobody is writing it.
DESCENT_API RunVerdict verify_run(const std::filesystem::path& directory,
                                  const runlog::RunDirectoryLock& lock);

/// The same for a log by itself, such as a packed copy.
DESCENT_API RunVerdict verify_log(const std::filesystem::path& file);

}  // namespace descent::run

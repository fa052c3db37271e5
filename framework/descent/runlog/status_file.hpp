#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/runlog/run_status.hpp"

namespace descent::runlog {

/// What `status.yaml` says about a run.
struct RunState {
  RunStatus status = RunStatus::pending;
  std::int64_t step = 0;
  std::string reason = {};              ///< why it ended, or nothing
  std::vector<std::string> error = {};  ///< the last lines of an error, or nothing
  /// What training took so far, without evaluation and logging; 0: not known.
  double training_seconds = 0;
  /// The most memory that the process had, of those that played the run; 0: not known.
  std::int64_t peak_memory_bytes = 0;
  bool operator==(const RunState&) const = default;
};

/// `status.yaml` of a run directory:
///
///     status: diverged
///     step: 1200
///     reason: "loss/total is not finite"
///     error:
///       - "what was said last"
///     training_seconds: 12.5
///     peak_memory_bytes: 104857600
///     # crc32c 5a3f901c
///
/// The last line is the CRC-32C of all before it. Replaced as a whole (renamed into place), so that readers see the old one
/// or the new one; not fsynced: after a power cut it may be damaged, and the run is then one that was killed.
/// Throws RunError when it cannot be written.
DESCENT_API void write_status(const std::filesystem::path& directory, const RunState& state);

/// Nothing when there is no such file; throws Error when there is one that says something else.
DESCENT_API std::optional<RunState> read_status(const std::filesystem::path& directory);

}  // namespace descent::runlog

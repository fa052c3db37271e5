#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/runlog/run_status.hpp"

namespace descent {

/// What `status.yaml` says about a run.
struct RunState {
  RunStatus status = RunStatus::pending;
  std::int64_t step = 0;
  std::string reason = {};              ///< why it ended, or nothing
  std::vector<std::string> error = {};  ///< the last lines of an error, or nothing
  bool operator==(const RunState&) const = default;
};

/// `status.yaml` of a run directory:
///
///     status: diverged
///     step: 1200
///     reason: "loss/total is not finite"
///     error:
///       - "what was said last"
///
/// Replaced as a whole (renamed into place), so that readers see the old one or the new one; not fsynced.
/// Throws RunError when it cannot be written.
DESCENT_API void write_status(const std::filesystem::path& directory, const RunState& state);

/// Nothing when there is no such file; throws Error when there is one that says something else.
DESCENT_API std::optional<RunState> read_status(const std::filesystem::path& directory);

}  // namespace descent

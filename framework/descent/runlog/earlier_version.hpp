#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "descent/base/api.hpp"

/// Runs of earlier versions of Descent: this one shows them, and neither loads nor continues those whose
/// experiments and checkpoints mean something else now.
namespace descent::runlog {

/// The version that made a run, such as `0.1.0`, where this one cannot load it. It is taken from the run's
/// log; without a log that can be read and names one, from the schema of the checkpoints (`0.1`). Nothing:
/// the run is of this version or a newer one, or does not say.
DESCENT_API std::optional<std::string> earlier_version_of(const std::filesystem::path& run);

/// The sentence that refuses what an earlier version made, and names both versions. `subject` is its
/// beginning, such as "'runs/x'"; `instead` completes "use Descent 0.1 for that, or …".
DESCENT_API std::string refusal_of_earlier(const std::string& subject, const std::string& version,
                                           const std::string& instead = "run its experiment again");

/// Throws Error with that sentence when an earlier version made the run.
DESCENT_API void require_loadable(const std::filesystem::path& run);

/// The version that wrote checkpoints of the schema before this one.
inline constexpr const char* version_of_older_checkpoints = "0.1";

}  // namespace descent::runlog

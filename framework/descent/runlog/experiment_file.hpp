#pragma once

#include <filesystem>
#include <string>

#include "descent/base/api.hpp"

namespace descent::runlog {

/// The text of a run's resolved experiment, `experiment.yaml`, without its checksum. Throws Error when it cannot be read,
/// or was changed after it was written.
DESCENT_API std::string read_resolved_experiment(const std::filesystem::path& run);

/// Whether a run's `experiment.yaml` is there, and is this text.
DESCENT_API bool has_resolved_experiment(const std::filesystem::path& run, const std::string& text);

}  // namespace descent::runlog

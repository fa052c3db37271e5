#pragma once

#include <filesystem>

namespace descent {

/// Makes sure that `path` is a whole shared library for this machine, without running a line of it: dlopen on
/// one that was cut short kills the process. Throws Error, with a sentence for each cause.
void check_shared_library(const std::filesystem::path& path);

}  // namespace descent

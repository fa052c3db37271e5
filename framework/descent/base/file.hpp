#pragma once

#include <filesystem>
#include <string>

#include "descent/base/api.hpp"

namespace descent {

/// All bytes of a file. Throws Error when it cannot be read.
DESCENT_API std::string read_file(const std::filesystem::path& file);

}  // namespace descent

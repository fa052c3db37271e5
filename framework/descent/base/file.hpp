#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent {

/// All bytes of a file. Throws Error when it cannot be read.
DESCENT_API std::string read_file(const std::filesystem::path& file);

/// The last lines of a file that are not empty, at most `count`; none where there is no such file.
DESCENT_API std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count);

}  // namespace descent

#pragma once

#include <filesystem>
#include <string>

namespace descent {

/// All bytes of a file, unpacked where it is gzipped (of one member or several; its first bytes tell). Throws Error, naming
/// the file, when it cannot be read, is empty, damaged or cut short. What follows the last member is ignored, as by gzip.
std::string read_unpacked(const std::filesystem::path& file);

}  // namespace descent

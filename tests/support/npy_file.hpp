#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "support/files.hpp"

namespace descent::testing {

/// Writes a .npy file of (rows, width) floats into a folder: number(i) is the i-th. Returns where.
std::filesystem::path write_npy(const ScratchFolder& folder, std::int64_t rows, std::int64_t width,
                                const std::function<float(std::int64_t)>& number);

}  // namespace descent::testing

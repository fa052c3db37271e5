#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "array_file.hpp"

namespace descent {

/// The array of a .npy file, read by rows as it lies there. One in Fortran's order has no rows side by side: it is read as
/// a whole, if it takes up to `memory` bytes. Throws Error, with the file's path, when it cannot be read.
std::unique_ptr<StoredArray> open_npy(const std::filesystem::path& file, std::uint64_t memory);

}  // namespace descent

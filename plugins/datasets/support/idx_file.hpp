#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace descent {

/// An array of bytes from a file in the IDX format (LeCun, Cortes and Burges, The MNIST database): four bytes
/// of magic number (0, 0, the element type, the rank), an extent of four bytes, most significant first, for
/// each dimension, and the elements in row-major order.
struct IdxArray {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> values;
};

/// Reads a whole file, gzipped or not (its first bytes tell), of unsigned bytes in `rank` dimensions. Throws
/// Error, naming the file, when it is missing, damaged, of another kind, or not exactly as long as its header
/// says.
IdxArray read_idx(const std::filesystem::path& file, std::size_t rank);

}  // namespace descent

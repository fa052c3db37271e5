#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "descent/base/element.hpp"

namespace descent {

/// What is wrong with an array of numpy's format, as the end of a sentence: `is cut short`.
class DESCENT_API NpyProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~NpyProblem() override;
};

/// What a .npy file says of its array: format versions 1 to 3 (numpy's NEP 1 and numpy.lib.format).
struct NpyHeader {
  Element element = Element::uint8;
  /// Its bytes are in the order that is not this machine's.
  bool swapped = false;
  /// The first index runs fastest.
  bool fortran = false;
  std::vector<std::int64_t> extents;
  /// Where the elements begin in the file.
  std::size_t data_offset = 0;
  /// How many bytes the elements take.
  std::uint64_t data_size = 0;
};

/// Hands on the next bytes of a .npy file, from its first on; throws where there are none.
using ReadBytes = std::function<void(std::byte* out, std::size_t count)>;

/// Reads the header of a .npy file of `size` bytes. Throws NpyProblem when it is damaged, has another length than it
/// announces, or holds something other than booleans, integers or floats: then with how to convert it.
DESCENT_API NpyHeader read_npy_header(std::uint64_t size, const ReadBytes& read);

/// Reads a whole .npy file of `size` bytes; arrays in Fortran's order and in the other byte order are converted. Throws
/// NpyProblem as read_npy_header() does.
DESCENT_API ElementArray read_npy(std::uint64_t size, const ReadBytes& read);

/// The elements of an array with this header, as they lie in the file, row-major and in the machine's byte order.
DESCENT_API ElementArray row_major(const NpyHeader& header, std::unique_ptr<std::byte[]> elements);

}  // namespace descent

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent {

/// The types of numbers that data files hold; floats are IEEE 754's.
enum class Element {
  boolean,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float16,
  float32,
  float64
};

/// In bytes.
DESCENT_API std::size_t element_size(Element element);
/// numpy's name of it, such as `uint8`.
DESCENT_API const char* element_name(Element element);
/// Whether it is a boolean or an integer.
DESCENT_API bool is_whole(Element element);

/// Converts `count` elements, which need not be aligned, to numbers. Defined for float and double.
template <class Number>
DESCENT_API void convert_elements(Element element, const std::byte* elements, std::size_t count,
                                  Number* numbers);

/// Reverses the bytes of each of `count` elements: from the other byte order to the machine's.
DESCENT_API void swap_bytes(Element element, std::byte* elements, std::size_t count);

/// An array of a data file in memory: row-major, in the machine's byte order.
struct ElementArray {
  Element element = Element::uint8;
  /// Outermost first; none: a single number.
  std::vector<std::int64_t> extents;
  std::unique_ptr<std::byte[]> bytes;

  /// How many elements it has.
  DESCENT_API std::size_t count() const;
  DESCENT_API std::vector<double> numbers() const;
};

}  // namespace descent

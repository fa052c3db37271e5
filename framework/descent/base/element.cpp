#include "descent/base/element.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace descent {

namespace {

// IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction.
struct Half {
  std::uint16_t bits;

  explicit operator float() const {
    const std::uint32_t sign = std::uint32_t{bits} >> 15 << 31, fraction = bits & 0x3ff;
    const int exponent = bits >> 10 & 0x1f;
    if (exponent == 0) {  // zero and subnormal numbers: fraction · 2⁻²⁴
      const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
      return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t widened = exponent == 31 ? 255 : static_cast<std::uint32_t>(exponent + 112);
    return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
  }
  explicit operator double() const { return static_cast<double>(static_cast<float>(*this)); }
};

template <class Stored, class Number>
void convert(const std::byte* elements, std::size_t count, Number* numbers) {
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, elements + i * sizeof(Stored), sizeof(Stored));
    numbers[i] = static_cast<Number>(stored);
  }
}

}  // namespace

std::size_t element_size(Element element) {
  switch (element) {
    case Element::boolean:
    case Element::uint8:
    case Element::int8:
      return 1;
    case Element::uint16:
    case Element::int16:
    case Element::float16:
      return 2;
    case Element::uint32:
    case Element::int32:
    case Element::float32:
      return 4;
    case Element::uint64:
    case Element::int64:
    case Element::float64:
      return 8;
  }
  return 0;
}

const char* element_name(Element element) {
  constexpr const char* names[] = {"bool",  "uint8",  "int8",  "uint16",  "int16",   "uint32",
                                   "int32", "uint64", "int64", "float16", "float32", "float64"};
  return names[static_cast<std::size_t>(element)];
}

bool is_whole(Element element) {
  return element < Element::float16;
}

template <class Number>
void convert_elements(Element element, const std::byte* elements, std::size_t count, Number* numbers) {
  switch (element) {
    case Element::boolean:
      for (std::size_t i = 0; i < count; ++i) numbers[i] = elements[i] == std::byte{0} ? 0 : 1;
      return;
    case Element::uint8:
      return convert<std::uint8_t>(elements, count, numbers);
    case Element::int8:
      return convert<std::int8_t>(elements, count, numbers);
    case Element::uint16:
      return convert<std::uint16_t>(elements, count, numbers);
    case Element::int16:
      return convert<std::int16_t>(elements, count, numbers);
    case Element::uint32:
      return convert<std::uint32_t>(elements, count, numbers);
    case Element::int32:
      return convert<std::int32_t>(elements, count, numbers);
    case Element::uint64:
      return convert<std::uint64_t>(elements, count, numbers);
    case Element::int64:
      return convert<std::int64_t>(elements, count, numbers);
    case Element::float16:
      return convert<Half>(elements, count, numbers);
    case Element::float32:
      return convert<float>(elements, count, numbers);
    case Element::float64:
      return convert<double>(elements, count, numbers);
  }
}

template DESCENT_API void convert_elements(Element, const std::byte*, std::size_t, float*);
template DESCENT_API void convert_elements(Element, const std::byte*, std::size_t, double*);

void swap_bytes(Element element, std::byte* elements, std::size_t count) {
  const std::size_t size = element_size(element);
  if (size == 1) return;
  for (std::size_t i = 0; i < count; ++i) std::reverse(elements + i * size, elements + (i + 1) * size);
}

std::size_t ElementArray::count() const {
  std::size_t count = 1;
  for (const std::int64_t extent : extents) count *= static_cast<std::size_t>(extent);
  return count;
}

std::vector<double> ElementArray::numbers() const {
  std::vector<double> all(count());
  convert_elements(element, bytes.get(), all.size(), all.data());
  return all;
}

}  // namespace descent

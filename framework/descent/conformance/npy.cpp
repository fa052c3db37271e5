#include "descent/conformance/npy.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace descent::conformance {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
// An array beyond these is damaged, or no trace of a small problem.
constexpr std::size_t most_dimensions = 6;
constexpr std::int64_t most_elements = std::int64_t{1} << 30;

/// What stands behind `'key':` in the header, which is a Python dictionary.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const std::string quoted = fmt::format("'{}':", key);
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + quoted.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

std::vector<std::int64_t> parse_shape(std::string_view text) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) throw NpyProblem("has a damaged header");
  text = text.substr(1, close - 1);
  std::vector<std::int64_t> extents;
  std::int64_t elements = 1;
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == ',') {
      text.remove_prefix(1);
      continue;
    }
    std::int64_t extent = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (problem != std::errc() || extent < 0) throw NpyProblem("has a damaged header");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    extents.push_back(extent);
    if (extents.size() > most_dimensions)
      throw NpyProblem(fmt::format("has more than {} dimensions", most_dimensions));
    if (extent > 0 && elements > most_elements / extent)
      throw NpyProblem(fmt::format("has more than {} elements", most_elements));
    elements *= extent;
  }
  return extents;
}

template <class Number>
std::vector<double> numbers(std::string_view bytes, std::size_t count) {
  if (bytes.size() != count * sizeof(Number)) throw NpyProblem("is cut short");
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    Number number;
    std::memcpy(&number, bytes.data() + i * sizeof(Number), sizeof(Number));
    values[i] = static_cast<double>(number);
  }
  return values;
}

std::vector<double> parse_values(std::string_view bytes, std::string_view type, std::size_t count) {
  if (type == "<f8") return numbers<double>(bytes, count);
  if (type == "<f4") return numbers<float>(bytes, count);
  if (type == "<i8") return numbers<std::int64_t>(bytes, count);
  if (type == "<i4") return numbers<std::int32_t>(bytes, count);
  if (type == "|b1") return numbers<std::uint8_t>(bytes, count);
  throw NpyProblem(fmt::format("is of type '{}'; float64, float32, int64, int32 and bool are read", type));
}

}  // namespace

NpyArray parse_npy(const std::string& bytes) {
  std::string_view rest = bytes;
  if (!rest.starts_with(magic) || rest.size() < magic.size() + 4) throw NpyProblem("is no .npy file");
  const int version = static_cast<unsigned char>(rest[magic.size()]);
  if (version < 1 || version > 3)
    throw NpyProblem(fmt::format("is in version {} of numpy's format; 1 to 3 are read", version));
  rest.remove_prefix(magic.size() + 2);
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::size_t length = 0;
  if (rest.size() < length_bytes) throw NpyProblem("is cut short");
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(rest[i]);
  rest.remove_prefix(length_bytes);
  if (rest.size() < length) throw NpyProblem("is cut short");
  const std::string_view header = rest.substr(0, length);
  rest.remove_prefix(length);

  const auto type = value_of(header, "descr"), order = value_of(header, "fortran_order"),
             shape = value_of(header, "shape");
  if (!type || !order || !shape || !type->starts_with('\'')) throw NpyProblem("has a damaged header");
  if (order->starts_with("True"))
    throw NpyProblem("is in Fortran's order; save numpy.ascontiguousarray() of it");
  const std::size_t quote = type->find('\'', 1);
  if (quote == std::string_view::npos) throw NpyProblem("has a damaged header");
  NpyArray array{parse_shape(*shape), {}};
  std::size_t count = 1;
  for (const std::int64_t extent : array.extents) count *= static_cast<std::size_t>(extent);
  array.values = parse_values(rest, type->substr(1, quote - 1), count);
  return array;
}

}  // namespace descent::conformance

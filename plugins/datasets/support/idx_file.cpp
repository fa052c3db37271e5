#include "idx_file.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "descent/base/error.hpp"
#include "unpacked_file.hpp"

namespace descent {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw Error("'" + file.string() + "' " + what);
}

std::uint32_t big_endian(std::string_view bytes, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<std::uint8_t>(bytes[offset + i]);
  return number;
}

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "0x%08x", number);
  return text.data();
}

/// What an IDX header says, checked.
std::vector<std::int64_t> extents_of(const std::filesystem::path& file, std::string_view header,
                                     std::size_t rank) {
  constexpr std::uint32_t unsigned_bytes = 0x0800;
  const std::uint32_t expected = unsigned_bytes | static_cast<std::uint32_t>(rank);
  const std::uint32_t magic = big_endian(header, 0);
  if (magic != expected)
    refuse(file, "begins with " + hexadecimal(magic) + ", but an IDX file of bytes in " +
                     std::to_string(rank) + (rank == 1 ? " dimension" : " dimensions") + " begins with " +
                     hexadecimal(expected));
  if (header.size() < 4 + 4 * rank) refuse(file, "is cut short: it ends in the header");
  std::vector<std::int64_t> extents;
  for (std::size_t dimension = 0; dimension < rank; ++dimension) {
    const std::uint32_t extent = big_endian(header, 4 + 4 * dimension);
    if (extent == 0) refuse(file, "holds nothing: an extent in its header is 0");
    extents.push_back(extent);
  }
  return extents;
}

std::uint64_t product_of(const std::filesystem::path& file, const std::vector<std::int64_t>& extents) {
  std::uint64_t product = 1;
  for (const std::int64_t extent : extents)
    if (__builtin_mul_overflow(product, static_cast<std::uint64_t>(extent), &product))
      refuse(file, "is damaged: its header announces more bytes than a file can hold");
  return product;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& file, std::size_t rank) {
  const std::size_t header = 4 + 4 * rank;
  const auto promised = [&](std::string_view begin) -> std::optional<std::uint64_t> {
    if (begin.size() < header) return std::nullopt;
    return header + product_of(file, extents_of(file, begin.substr(0, header), rank));
  };
  const std::string bytes = read_unpacked(file, promised);
  if (bytes.size() < 4) refuse(file, "is cut short: it ends in the magic number");
  IdxArray array;
  array.extents = extents_of(file, std::string_view(bytes).substr(0, header), rank);
  const std::uint64_t announced = product_of(file, array.extents), held = bytes.size() - header;
  if (held != announced)
    refuse(file, (held < announced ? "is cut short: it holds " : "goes on after its end: it holds ") +
                     std::to_string(held) + " bytes, its header announces " + std::to_string(announced));
  array.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
  return array;
}

}  // namespace descent

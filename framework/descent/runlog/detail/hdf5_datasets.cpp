#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "descent/base/checksum.hpp"
#include "descent/runlog/detail/hdf5.hpp"

namespace descent::runlog::hdf5 {

namespace {

// The bytes of a dataset as it describes itself; nothing where they are more than can be counted.
std::optional<std::uint64_t> announced_bytes(hid_t dataset, hid_t type) {
  std::uint64_t bytes = H5Tget_size(type);
  for (const std::int64_t extent : extents(dataset))
    if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes))
      return std::nullopt;
  return bytes;
}

}  // namespace

void require_countable(hid_t dataset, const std::string& path) {
  const Handle type(H5Dget_type(dataset), H5Tclose, "learn what " + path + " holds");
  if (H5Tdetect_class(type, H5T_VLEN) != 0 || H5Tis_variable_str(type) != 0)
    throw Failure("open the dataset " + path,
                  "it holds texts or lists of variable length, as none of ours does");
  if (!announced_bytes(dataset, type))
    throw Failure("open the dataset " + path, "it announces more numbers than its file can hold");
}

// Of the filters that our files have, deflate makes the least of its input, 1/1032. Twice that, since the newest
// snapshot may be missing where its writer was killed.
void require_stored(hid_t dataset) {
  constexpr std::uint64_t always_plausible = std::uint64_t{64} << 20, most_for_a_byte = 2 * 1032;
  const Handle type(H5Dget_type(dataset), H5Tclose, "learn what a dataset holds");
  const auto bytes = announced_bytes(dataset, type);
  if (!bytes || (*bytes > always_plausible && *bytes / most_for_a_byte > H5Dget_storage_size(dataset)))
    throw Failure("read a dataset", "it announces more numbers than its file can hold");
}

void write_checksum(hid_t dataset, std::span<const std::byte> bytes) {
  write_attribute(dataset, "crc32c", Value::of(static_cast<std::int64_t>(crc32c(bytes))));
}

bool has_its_checksum(hid_t dataset) {
  require_stored(dataset);
  constexpr std::size_t piece = 1 << 20;  // a checkpoint is read back while the training holds its memory
  const Handle type(H5Dget_type(dataset), H5Tclose, "read");
  const std::vector<std::int64_t> shape = extents(dataset);
  std::size_t row = H5Tget_size(type);
  for (std::size_t i = 1; i < shape.size(); ++i) row *= static_cast<std::size_t>(shape[i]);
  const std::int64_t rows = shape.empty() ? 1 : shape.front();
  const auto at_once =
      static_cast<std::int64_t>(std::max(piece / std::max(row, std::size_t{1}), std::size_t{1}));
  std::vector<std::byte> bytes(row * static_cast<std::size_t>(std::min(rows, at_once)));
  std::uint32_t checksum = 0;
  for (std::int64_t begin = 0; begin < rows && row > 0; begin += at_once) {
    const std::int64_t count = std::min(at_once, rows - begin);
    if (shape.empty())
      check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "read");
    else
      read_slab(dataset, type, begin, count, std::span(bytes).first(row * static_cast<std::size_t>(count)));
    checksum = crc32c(std::span(bytes).first(row * static_cast<std::size_t>(count)), checksum);
  }
  return read_attribute(dataset, "crc32c") == Value::of(static_cast<std::int64_t>(checksum));
}

std::vector<std::int64_t> extents(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose, "read a dataset's shape");
  const int rank = H5Sget_simple_extent_ndims(space);
  check(rank, "read a dataset's shape");
  std::array<hsize_t, H5S_MAX_RANK> current{};
  check(H5Sget_simple_extent_dims(space, current.data(), nullptr), "read a dataset's shape");
  constexpr auto most = static_cast<hsize_t>(std::numeric_limits<std::int64_t>::max());
  if (std::any_of(current.begin(), current.begin() + rank, [](hsize_t extent) { return extent > most; }))
    throw Failure("read a dataset's shape", "an extent is larger than any file");
  return {current.begin(), current.begin() + rank};
}

namespace {

// The selection of `count` entries from `begin` on in the file, and a memory space of the same size.
std::pair<Handle, Handle> slab(hid_t dataset, std::int64_t begin, std::int64_t count) {
  Handle file(H5Dget_space(dataset), H5Sclose, "read a dataset's shape");
  const int rank = H5Sget_simple_extent_ndims(file);
  std::array<hsize_t, H5S_MAX_RANK> size{};
  std::array<hsize_t, H5S_MAX_RANK> start{};
  check(H5Sget_simple_extent_dims(file, size.data(), nullptr), "read a dataset's shape");
  if (rank == 0) throw Failure("select rows", "the dataset is a single value");
  size[0] = static_cast<hsize_t>(count);
  start[0] = static_cast<hsize_t>(begin);
  check(H5Sselect_hyperslab(file, H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr),
        "select rows");
  Handle memory(H5Screate_simple(rank, size.data(), nullptr), H5Sclose, "select rows");
  return {std::move(file), std::move(memory)};
}

}  // namespace

void write_slab(hid_t dataset, hid_t type, std::int64_t begin, std::int64_t count, const void* values) {
  const auto [file, memory] = slab(dataset, begin, count);
  check(H5Dwrite(dataset, type, memory, file, H5P_DEFAULT, values), "write");
}

void read_slab(hid_t dataset, hid_t type, std::int64_t begin, std::int64_t count,
               std::span<std::byte> values) {
  if (count == 0) return;
  const auto [file, memory] = slab(dataset, begin, count);
  const hssize_t numbers = H5Sget_simple_extent_npoints(memory);
  if (numbers < 0 || static_cast<std::size_t>(numbers) * H5Tget_size(type) != values.size())
    throw Failure("read", "the dataset has other dimensions than it should have");
  check(H5Dread(dataset, type, memory, file, H5P_DEFAULT, values.data()), "read");
}

void set_length(hid_t dataset, std::int64_t length) {
  std::array<hsize_t, H5S_MAX_RANK> size{};
  const std::vector<std::int64_t> before = extents(dataset);
  for (std::size_t i = 0; i < before.size(); ++i) size[i] = static_cast<hsize_t>(before[i]);
  size[0] = static_cast<hsize_t>(length);
  check(H5Dset_extent(dataset, size.data()), "extend a dataset");
}

}  // namespace descent::runlog::hdf5

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <vector>

#include "descent/base/checksum.hpp"
#include "descent/runlog/log_reader_data.hpp"

namespace descent {

using hdf5::Handle;

namespace {

// The bytes of `count` entries as they lie in the file, or the reason why they cannot be read.
std::vector<std::byte> raw(hid_t file, const std::string& path, std::int64_t begin, std::int64_t count) {
  const Handle dataset = hdf5::open_dataset(file, path);
  const Handle type(H5Dget_type(dataset), H5Tclose, "read " + path);
  std::size_t entry = H5Tget_size(type);
  const std::vector<std::int64_t> extents = hdf5::extents(dataset);
  for (std::size_t i = 1; i < extents.size(); ++i) entry *= static_cast<std::size_t>(extents[i]);
  std::vector<std::byte> bytes(entry * static_cast<std::size_t>(count));
  hdf5::read_slab(dataset, type, begin, count, bytes.data());
  return bytes;
}

std::uint32_t number(const std::vector<std::byte>& bytes, std::size_t index) {
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < 4; ++i)
    result |= std::to_integer<std::uint32_t>(bytes[4 * index + i]) << (8 * i);
  return result;
}

std::string differs(const std::string& where, const char* what, std::int64_t index, std::int64_t step) {
  return fmt::format("{}: {} {} (step {}) differs from its checksum", where, what, index, step);
}

std::int64_t step_of(const std::vector<std::byte>& steps, std::size_t index) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < 8; ++i)
    result |= std::to_integer<std::uint64_t>(steps[8 * index + i]) << (8 * i);
  return static_cast<std::int64_t>(result);
}

}  // namespace

std::vector<std::string> LogReader::Implementation::verify_set(const MetricSet& set) const {
  const std::string where = "metrics/" + set.name;
  const std::int64_t count = rows[static_cast<std::size_t>(&set - sets.data())];
  std::vector<std::string> damage;
  try {
    std::vector<std::vector<std::byte>> columns;
    for (const char* own : {"step", "wall_time"})
      columns.push_back(raw(reading.file, where + "/" + own, 0, count));
    for (const MetricColumn& column : set.columns)
      columns.push_back(raw(reading.file, where + "/" + column_name(column.name), 0, count));
    const std::vector<std::byte> checksums = raw(reading.file, where + "/row_checksum", 0, count);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      std::uint32_t checksum = 0;
      for (const auto& column : columns) checksum = crc32c(std::span(column).subspan(8 * i, 8), checksum);
      if (checksum != number(checksums, i))
        damage.push_back(differs(where, "row", static_cast<std::int64_t>(i), step_of(columns.front(), i)));
    }
  } catch (const hdf5::Failure& failure) {
    damage.push_back(fmt::format("{}: {}", where, failure.what()));
  }
  return damage;
}

std::vector<std::string> LogReader::Implementation::verify_series(const SeriesInfo& one) const {
  std::vector<std::string> damage;
  for (std::int64_t i = 0; i < one.snapshots; ++i) {
    try {
      const std::vector<std::byte> step = raw(reading.file, one.path + "_step", i, 1);
      std::uint32_t checksum = crc32c(raw(reading.file, one.path, i, 1), crc32c(step));
      if (one.histogram) checksum = crc32c(raw(reading.file, one.path + "_limits", i, 1), checksum);
      if (checksum != number(raw(reading.file, one.path + "_row_checksum", i, 1), 0))
        damage.push_back(differs(one.path, "snapshot", i, step_of(step, 0)));
    } catch (const hdf5::Failure& failure) {
      damage.push_back(fmt::format("{}: snapshot {}: {}", one.path, i, failure.what()));
    }
  }
  return damage;
}

}  // namespace descent

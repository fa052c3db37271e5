#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "descent/base/checksum.hpp"
#include "descent/runlog/log_reader_data.hpp"

namespace descent {

using hdf5::Handle;

namespace {

// A dataset whose entries along the first dimension are read as the bytes that lie in the file.
class RawDataset {
 public:
  RawDataset(hid_t file, const std::string& path)
      : dataset_(hdf5::open_dataset(file, path)),
        type_(H5Dget_type(dataset_), H5Tclose, "read " + path),
        entry_bytes_(H5Tget_size(type_)) {
    const std::vector<std::int64_t> extents = hdf5::extents(dataset_);
    for (std::size_t i = 1; i < extents.size(); ++i) entry_bytes_ *= static_cast<std::size_t>(extents[i]);
  }

  std::vector<std::byte> read(std::int64_t begin, std::int64_t count) const {
    std::vector<std::byte> bytes(entry_bytes_ * static_cast<std::size_t>(count));
    hdf5::read_slab(dataset_, type_, begin, count, bytes.data());
    return bytes;
  }

 private:
  Handle dataset_;
  Handle type_;
  std::size_t entry_bytes_;
};

std::vector<std::byte> raw(hid_t file, const std::string& path, std::int64_t begin, std::int64_t count) {
  return RawDataset(file, path).read(begin, count);
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

double time_of(const std::vector<std::byte>& times, std::size_t row) {
  double seconds = 0;
  std::memcpy(&seconds, times.data() + row * sizeof seconds, sizeof seconds);
  return seconds;
}

}  // namespace

std::vector<std::string> LogReader::Implementation::verify_experiment() const {
  std::vector<std::string> damage;
  for (const std::string name : {"experiment/yaml", "experiment/plugins"}) {
    try {
      if (!hdf5::has_its_checksum(hdf5::open_dataset(reading.file, name)))
        damage.push_back(name + " differs from its checksum");
    } catch (const hdf5::Failure& failure) {
      damage.push_back(fmt::format("{}: {}", name, failure.what()));
    }
  }
  return damage;
}

std::vector<std::string> LogReader::Implementation::verify_rows(const MetricSet& set, std::int64_t begin,
                                                                std::int64_t count) const {
  const std::string where = "metrics/" + set.name;
  std::vector<std::string> damage;
  try {
    std::vector<std::vector<std::byte>> columns = {raw(reading.file, where + "/step", begin, count)};
    const std::vector<std::byte> times = raw(reading.file, where + "/wall_time", begin, count);
    for (const MetricColumn& column : set.columns)
      columns.push_back(raw(reading.file, where + "/" + column_name(column.name), begin, count));
    const std::vector<std::byte> checksums = raw(reading.file, where + "/row_checksum", begin, count);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      std::uint32_t checksum = 0;
      for (const auto& column : columns) checksum = crc32c(std::span(column).subspan(8 * i, 8), checksum);
      if (checksum != number(checksums, i))
        damage.push_back(
            differs(where, "row", begin + static_cast<std::int64_t>(i), step_of(columns.front(), i)));
      else if (!(time_of(times, i) >= (i == 0 ? 0 : time_of(times, i - 1))))
        damage.push_back(fmt::format("{}: the time of row {} is {}, earlier than the row before", where,
                                     begin + static_cast<std::int64_t>(i), time_of(times, i)));
    }
  } catch (const hdf5::Failure& failure) {
    damage.push_back(fmt::format("{}: {}", where, failure.what()));
  }
  return damage;
}

std::vector<std::string> LogReader::Implementation::verify_series(const SeriesInfo& one) const {
  std::vector<std::string> damage;
  try {
    const RawDataset values(reading.file, one.path);
    std::optional<RawDataset> limits;
    if (one.histogram) limits.emplace(reading.file, one.path + "_limits");
    const std::vector<std::byte> steps = raw(reading.file, one.path + "_step", 0, one.snapshots);
    const std::vector<std::byte> checksums = raw(reading.file, one.path + "_row_checksum", 0, one.snapshots);
    for (std::int64_t i = 0; i < one.snapshots; ++i) {
      const auto index = static_cast<std::size_t>(i);
      std::uint32_t checksum = crc32c(std::span(steps).subspan(8 * index, 8));
      checksum = crc32c(values.read(i, 1), checksum);
      if (limits) checksum = crc32c(limits->read(i, 1), checksum);
      if (checksum != number(checksums, index))
        damage.push_back(differs(one.path, "snapshot", i, step_of(steps, index)));
    }
  } catch (const hdf5::Failure& failure) {
    damage.push_back(fmt::format("{}: {}", one.path, failure.what()));
  }
  return damage;
}

}  // namespace descent

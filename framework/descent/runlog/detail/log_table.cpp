#include "descent/runlog/detail/log_table.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "descent/base/checksum.hpp"
#include "descent/runlog/log_time.hpp"

namespace descent::runlog {

namespace {

constexpr std::int64_t block_bytes = 1 << 20;

template <class Number>
Number little_endian(const std::vector<std::byte>& bytes, std::int64_t index) {
  Number number = 0;
  const std::byte* at = bytes.data() + sizeof(Number) * static_cast<std::size_t>(index);
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number |= static_cast<Number>(std::to_integer<Number>(at[i]) << (8 * i));
  return number;
}

}  // namespace

std::vector<std::string> LogTable::all_datasets() const {
  std::vector<std::string> all = datasets;
  if (!time.empty()) all.push_back(time);
  all.push_back(checksums);
  return all;
}

RowState TableRows::check(std::int64_t row, double& time) const {
  std::uint32_t checksum = 0;
  for (std::size_t i = 0; i + (has_time_ ? 2 : 1) < bytes_.size(); ++i) {
    const std::size_t size = bytes_[i].size() / static_cast<std::size_t>(count);
    checksum = crc32c(std::span(bytes_[i]).subspan(size * static_cast<std::size_t>(row), size), checksum);
  }
  const double before = time;
  if (has_time_) time = std::bit_cast<double>(little_endian<std::uint64_t>(bytes_[bytes_.size() - 2], row));
  if (checksum != little_endian<std::uint32_t>(bytes_.back(), row)) return RowState::differs;
  if (has_time_ && !has_its_check(time)) return RowState::differs;
  return !has_time_ || time >= before ? RowState::whole : RowState::back_in_time;
}

std::int64_t TableRows::step(std::int64_t row) const {
  return static_cast<std::int64_t>(little_endian<std::uint64_t>(bytes_.front(), row));
}

TableReader::TableReader(hid_t file, const LogTable& table) : has_time_(!table.time.empty()) {
  for (const std::string& dataset : table.all_datasets()) add(file, dataset);
  if (columns_.front().row_bytes != sizeof(std::int64_t) ||
      columns_.back().row_bytes != sizeof(std::uint32_t) ||
      (has_time_ && columns_[columns_.size() - 2].row_bytes != sizeof(double)))
    throw hdf5::Failure("read '" + table.path + "' as part of a log");
  std::size_t row_bytes = 0;
  for (const Column& column : columns_) row_bytes = std::max(row_bytes, column.row_bytes);
  block_ =
      std::max(std::int64_t{1}, block_bytes / static_cast<std::int64_t>(std::max(row_bytes, std::size_t{1})));
}

void TableReader::add(hid_t file, const std::string& path) {
  Column column{hdf5::open_dataset(file, path), {}, 0};
  column.type = {H5Dget_type(column.dataset), H5Tclose, "read " + path};
  column.row_bytes = H5Tget_size(column.type);
  const std::vector<std::int64_t> extents = hdf5::extents(column.dataset);
  for (std::size_t i = 1; i < extents.size(); ++i) column.row_bytes *= static_cast<std::size_t>(extents[i]);
  columns_.push_back(std::move(column));
}

TableRows TableReader::read(std::int64_t begin, std::int64_t count) const {
  TableRows rows;
  rows.begin = begin;
  rows.count = count;
  rows.has_time_ = has_time_;
  if (count > 0 && !stored_) {
    for (const Column& column : columns_) hdf5::require_stored(column.dataset);
    stored_ = true;
  }
  for (const Column& column : columns_) {
    rows.bytes_.emplace_back(column.row_bytes * static_cast<std::size_t>(count));
    hdf5::read_slab(column.dataset, column.type, begin, count, rows.bytes_.back());
  }
  return rows;
}

TableRows TableReader::read_first(std::int64_t begin, std::int64_t count, std::string& reason) const {
  try {
    return read(begin, count);
  } catch (const hdf5::Failure&) {  // a disk that fails once is asked again
  }
  std::int64_t readable = 0, unreadable = count + 1;
  for (std::int64_t next = count; next > readable; next = readable + (unreadable - readable) / 2) {
    try {
      if (next == count) return read(begin, count);
      static_cast<void>(read(begin + readable, next - readable));
      readable = next;
    } catch (const hdf5::Failure& failure) {
      reason = failure.what();
      unreadable = next;
    }
  }
  return read(begin, readable);
}

}  // namespace descent::runlog

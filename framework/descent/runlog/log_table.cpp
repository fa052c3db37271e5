#include "descent/runlog/log_table.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "descent/base/checksum.hpp"

namespace descent {

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

bool TableRows::whole(std::int64_t row) const {
  std::uint32_t checksum = 0;
  for (std::size_t i = 0; i + 1 < bytes_.size(); ++i) {
    const std::size_t size = bytes_[i].size() / static_cast<std::size_t>(count);
    checksum = crc32c(std::span(bytes_[i]).subspan(size * static_cast<std::size_t>(row), size), checksum);
  }
  return checksum == little_endian<std::uint32_t>(bytes_.back(), row);
}

std::int64_t TableRows::step(std::int64_t row) const {
  return static_cast<std::int64_t>(little_endian<std::uint64_t>(bytes_.front(), row));
}

TableReader::TableReader(hid_t file, const LogTable& table) {
  for (const std::string& dataset : table.datasets) add(file, dataset);
  add(file, table.checksums);
  if (columns_.front().row_bytes != sizeof(std::int64_t) ||
      columns_.back().row_bytes != sizeof(std::uint32_t))
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
  for (const Column& column : columns_) {
    rows.bytes_.emplace_back(column.row_bytes * static_cast<std::size_t>(count));
    hdf5::read_slab(column.dataset, column.type, begin, count, rows.bytes_.back().data());
  }
  return rows;
}

TableRows TableReader::read_first(std::int64_t begin, std::int64_t count, std::string& reason) const {
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

}  // namespace descent

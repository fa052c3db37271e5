#include "descent/runlog/detail/log_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "descent/base/checksum.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/log_time.hpp"

namespace descent::runlog::hdf5 {

namespace {

// Data and metadata of one dataset reach the file, in that order, before the next dataset's.
void flush(hid_t dataset) {
  check(H5Dflush(dataset), "flush");
}

void append(hid_t dataset, hid_t type, std::int64_t begin, std::int64_t count, const void* values) {
  set_length(dataset, begin + count);
  write_slab(dataset, type, begin, count, values);
  flush(dataset);
}

std::span<const std::byte> bytes_of(const void* memory, std::size_t size) {
  return {static_cast<const std::byte*>(memory), size};
}

}  // namespace

LogFile::LogFile(const std::filesystem::path& file, const LogSchema& schema, std::size_t scalar_bytes) {
  require_no_link(file);
  const Lock lock;
  file_ = open_file(file, H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE);
  for (const MetricSet& description : schema.sets) {
    const Handle group = open_group(file_, "/metrics/" + description.name);
    Set set;
    set.columns.push_back(open_dataset(group, "wall_time"));
    for (const MetricColumn& column : description.columns)
      set.columns.push_back(open_dataset(group, column_name(column)));
    set.step = open_dataset(group, "step");
    set.checksum = open_dataset(group, "row_checksum");
    set.rows = extents(set.step).front();
    sets_.push_back(std::move(set));
  }
  const hid_t scalars = scalar_bytes == sizeof(float) ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  const auto bytes_of_one = [&](const TensorSeries& series) {
    return static_cast<std::size_t>(series.shape.size()) * scalar_bytes;
  };
  for (const TensorSeries& series : schema.tensors)
    open_series("/tensors/" + series.path, scalars, bytes_of_one(series), false);
  for (const HistogramSeries& series : schema.histograms)
    open_series("/tensors/" + series.path, H5T_NATIVE_INT64,
                static_cast<std::size_t>(series.bins) * sizeof(std::int64_t), true);
  for (const TensorSeries& series : schema.samples)
    open_series("/samples/" + series.path, scalars, bytes_of_one(series), false);
}

JournalWriter LogFile::take_journal() {
  JournalWriter journal = std::move(journal_.value());
  journal_.reset();
  return journal;
}

void LogFile::open_series(const std::string& path, hid_t type, std::size_t bytes, bool limits) {
  Series series;
  series.values = open_dataset(file_, path);
  series.step = open_dataset(file_, path + "_step");
  series.checksum = open_dataset(file_, path + "_row_checksum");
  if (limits) series.limits = open_dataset(file_, path + "_limits");
  series.type = type;
  series.bytes = bytes;
  series.rows = extents(series.step).front();
  series.path = path.substr(1);
  series_.push_back(std::move(series));
}

void LogFile::write_rows(std::size_t set_index, std::int64_t count, const RowAt& row_at) {
  const Lock lock;
  Set& set = sets_[set_index];
  if (journal_) journal_->rows(set_index, count, (1 + set.columns.size()) * sizeof(double), row_at);
  const auto rows = static_cast<std::size_t>(count);
  const std::size_t metric_bytes = (set.columns.size() - 1) * sizeof(double);
  steps_.resize(rows);
  numbers_.resize(rows);
  checksums_.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::byte* row = row_at(static_cast<std::int64_t>(i));
    std::memcpy(&steps_[i], row, sizeof(std::int64_t));
    // Between the step and the metrics lies the time, which carries its own.
    checksums_[i] = crc32c({row + 2 * sizeof(double), metric_bytes}, crc32c({row, sizeof(std::int64_t)}));
  }
  for (std::size_t column = 0; column < set.columns.size(); ++column) {
    for (std::size_t i = 0; i < rows; ++i)
      std::memcpy(&numbers_[i], row_at(static_cast<std::int64_t>(i)) + (1 + column) * sizeof(double),
                  sizeof(double));
    if (column == 0) std::transform(numbers_.begin(), numbers_.end(), numbers_.begin(), checked_time);
    append(set.columns[column], H5T_NATIVE_DOUBLE, set.rows, count, numbers_.data());
  }
  append(set.checksum, H5T_NATIVE_UINT32, set.rows, count, checksums_.data());
  append(set.step, H5T_NATIVE_INT64, set.rows, count, steps_.data());
  set.rows += count;
}

void LogFile::write_snapshot(std::size_t series_index, std::int64_t step, const std::byte* values,
                             const double* limits) {
  const Lock lock;
  Series& series = series_[series_index];
  append(series.values, series.type, series.rows, 1, values);
  std::uint32_t checksum = crc32c({values, series.bytes}, crc32c(bytes_of(&step, sizeof step)));
  if (limits != nullptr) checksum = crc32c(bytes_of(limits, 2 * sizeof(double)), checksum);
  if (journal_) note_snapshot(series_index, step, limits, checksum);
  if (limits != nullptr) append(series.limits, H5T_NATIVE_DOUBLE, series.rows, 1, limits);
  append(series.checksum, H5T_NATIVE_UINT32, series.rows, 1, &checksum);
  append(series.step, H5T_NATIVE_INT64, series.rows, 1, &step);
  ++series.rows;
}

void LogFile::note_snapshot(std::size_t series_index, std::int64_t step, const double* limits,
                            std::uint32_t checksum) {
  const Series& series = series_[series_index];
  JournalSnapshot note{series_index, step, {0, 0}, checksum};
  if (limits != nullptr) std::copy_n(limits, 2, note.limits);
  std::array<hsize_t, Shape::max_rank + 1> first{};
  first[0] = static_cast<hsize_t>(series.rows);
  haddr_t offset = HADDR_UNDEF;
  hsize_t length = 0;
  unsigned left_out = 0;
  check(H5Dget_chunk_info_by_coord(series.values, first.data(), &left_out, &offset, &length),
        "find a snapshot");
  note.offset = offset;
  note.length = length;
  note.left_out = left_out;
  journal_->snapshot(note);
}

void LogFile::synchronize() {
  const Lock lock;
  check(H5Fflush(file_, H5F_SCOPE_GLOBAL), "flush");
  check_closed();
  if (fsync(descriptor(file_)) != 0)
    throw std::runtime_error(std::string("cannot write: ") + std::strerror(errno));
  if (journal_) journal_->synchronize();
}

void LogFile::close(std::string_view status) {
  const Lock lock;
  if (!status.empty()) overwrite_text_attribute(file_, "status", status);
  for (const Series& series : series_) show_last_snapshot(file_, series.path, series.rows);
  for (Set& set : sets_) {
    for (Handle& column : set.columns) column.close("close a column");
    set.step.close("close a column");
    set.checksum.close("close a column");
  }
  for (Series& series : series_)
    for (Handle* handle : {&series.values, &series.limits, &series.step, &series.checksum})
      handle->close("close a series");
  file_.close("close the file");
}

void LogFile::abandon() {
  for (Set& set : sets_) {
    for (Handle& column : set.columns) column.abandon();
    set.step.abandon();
    set.checksum.abandon();
  }
  for (Series& series : series_)
    for (Handle* handle : {&series.values, &series.limits, &series.step, &series.checksum}) handle->abandon();
  file_.abandon();
}

}  // namespace descent::runlog::hdf5

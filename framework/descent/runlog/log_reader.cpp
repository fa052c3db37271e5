#include "descent/runlog/log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/detail/log_reader_data.hpp"
#include "descent/runlog/detail/plugin_table.hpp"

namespace descent::runlog {

using hdf5::Handle;

namespace {

std::vector<std::int64_t> read_steps(hid_t file, const std::string& path, std::int64_t begin,
                                     std::int64_t count) {
  const Handle dataset = hdf5::open_dataset(file, path);
  hdf5::require_stored(dataset);
  std::vector<std::int64_t> steps(static_cast<std::size_t>(count));
  hdf5::read_slab(dataset, H5T_NATIVE_INT64, begin, count, std::as_writable_bytes(std::span(steps)));
  return steps;
}

}  // namespace

void throw_damaged(const std::filesystem::path& file, const std::exception& failure) {
  throw Error(fmt::format("the log '{}' is damaged: {}", file.string(), failure.what()));
}

const MetricSet& LogReader::Implementation::set(std::string_view name) const {
  for (const MetricSet& set : sets)
    if (set.name == name) return set;
  std::vector<std::string> names;
  for (const MetricSet& set : sets) names.push_back(set.name);
  throw Error(
      fmt::format("the log '{}' has no metric set '{}'{}", path.string(), name, suggestion(name, names)));
}

std::string LogReader::Implementation::dataset_of(std::string_view set_name, std::string_view metric) const {
  const std::string column = column_name(metric);
  std::vector<std::string> names = {"wall_time"};
  if (column == names.front()) return column;
  for (const MetricColumn& one : set(set_name).columns) {
    names.push_back(column_name(one.name));
    if (names.back() == column) return column_name(one);
  }
  throw Error(fmt::format("the metric set '{}' of the log '{}' has no '{}'{}", set_name, path.string(),
                          metric, suggestion(column, names)));
}

const SeriesInfo& LogReader::Implementation::series_at(std::string_view wanted) const {
  for (const SeriesInfo& one : series)
    if (one.path == wanted) return one;
  std::vector<std::string> paths;
  for (const SeriesInfo& one : series) paths.push_back(one.path);
  throw Error(
      fmt::format("the log '{}' has no series '{}'{}", path.string(), wanted, suggestion(wanted, paths)));
}

LogReader::LogReader(const std::filesystem::path& file)
    : implementation_(std::make_unique<Implementation>(file)) {}
LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;

bool LogReader::closed() const {
  return implementation_->reading.closed;
}

void LogReader::refresh() {
  const std::filesystem::path path = implementation_->path;
  implementation_.reset();  // HDF5 would give the open file, with what it remembers of it
  implementation_ = std::make_unique<Implementation>(path);
}

Value LogReader::attributes() const {
  return implementation_->guarded([&] { return implementation_->attributes(); });
}

std::string LogReader::experiment() const {
  return implementation_->guarded([&] {
    implementation_->require_whole("experiment/yaml");
    return hdf5::read_text(implementation_->reading.file, "experiment/yaml");
  });
}

std::vector<PluginRow> LogReader::plugins() const {
  return implementation_->guarded([&] {
    implementation_->require_whole("experiment/plugins");
    return hdf5::read_plugin_table(hdf5::open_dataset(implementation_->reading.file, "experiment/plugins"));
  });
}

std::vector<MetricSet> LogReader::sets() const {
  return implementation_->sets;
}

std::int64_t LogReader::rows(std::string_view set) const {
  return implementation_
      ->rows[static_cast<std::size_t>(&implementation_->set(set) - implementation_->sets.data())];
}

std::vector<std::int64_t> LogReader::steps(std::string_view set) const {
  return steps(set, 0, rows(set));
}

std::vector<std::int64_t> LogReader::steps(std::string_view set, std::int64_t begin,
                                           std::int64_t count) const {
  DESCENT_ASSERT(begin >= 0 && count >= 0 && begin + count <= rows(set), "a set has rows 0 to rows() - 1");
  return implementation_->guarded([&] {
    implementation_->require_whole(implementation_->set(set), begin, count);
    return read_steps(implementation_->reading.file, fmt::format("metrics/{}/step", set), begin, count);
  });
}

std::vector<double> LogReader::column(std::string_view set, std::string_view metric) const {
  return column(set, metric, 0, rows(set));
}

std::vector<double> LogReader::column(std::string_view set, std::string_view metric, std::int64_t begin,
                                      std::int64_t count) const {
  DESCENT_ASSERT(begin >= 0 && count >= 0 && begin + count <= rows(set), "a set has rows 0 to rows() - 1");
  const std::string column = implementation_->dataset_of(set, metric);
  return implementation_->guarded([&] {
    implementation_->require_whole(implementation_->set(set), begin, count);
    const Handle dataset =
        hdf5::open_dataset(implementation_->reading.file, fmt::format("metrics/{}/{}", set, column));
    hdf5::require_stored(dataset);
    std::vector<double> values(static_cast<std::size_t>(count));
    hdf5::read_slab(dataset, H5T_NATIVE_DOUBLE, begin, count, std::as_writable_bytes(std::span(values)));
    return values;
  });
}

std::vector<SeriesInfo> LogReader::series() const {
  return implementation_->series;
}

std::vector<std::int64_t> LogReader::snapshot_steps(std::string_view path) const {
  const SeriesInfo& series = implementation_->series_at(path);
  return implementation_->guarded(
      [&] { return read_steps(implementation_->reading.file, series.path + "_step", 0, series.snapshots); });
}

std::int64_t LogReader::snapshot_step(std::string_view path, std::int64_t index) const {
  const SeriesInfo& series = implementation_->series_at(path);
  DESCENT_ASSERT(index >= 0 && index < series.snapshots,
                 "a series has snapshots 0 to its number of snapshots - 1");
  return implementation_->guarded([&] {
    implementation_->require_whole(series, index);
    return read_steps(implementation_->reading.file, series.path + "_step", index, 1).front();
  });
}

std::vector<double> LogReader::snapshot(std::string_view path, std::int64_t index) const {
  const SeriesInfo& series = implementation_->series_at(path);
  DESCENT_ASSERT(index >= 0 && index < series.snapshots,
                 "a series has snapshots 0 to its number of snapshots - 1");
  return implementation_->guarded([&] {
    implementation_->require_whole(series, index);
    std::vector<double> values(static_cast<std::size_t>(series.shape.size()));
    hdf5::read_slab(hdf5::open_dataset(implementation_->reading.file, series.path), H5T_NATIVE_DOUBLE, index,
                    1, std::as_writable_bytes(std::span(values)));
    return values;
  });
}

std::pair<double, double> LogReader::limits(std::string_view path, std::int64_t index) const {
  const SeriesInfo& series = implementation_->series_at(path);
  DESCENT_ASSERT(series.histogram && index >= 0 && index < series.snapshots,
                 "only the histograms of a series have limits");
  return implementation_->guarded([&] {
    implementation_->require_whole(series, index);
    std::array<double, 2> ends{};
    hdf5::read_slab(hdf5::open_dataset(implementation_->reading.file, series.path + "_limits"),
                    H5T_NATIVE_DOUBLE, index, 1, std::as_writable_bytes(std::span(ends)));
    return std::pair(ends[0], ends[1]);
  });
}

}  // namespace descent::runlog

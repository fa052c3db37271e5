#include "descent/runlog/log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/log_reader_data.hpp"
#include "descent/runlog/plugin_table.hpp"

namespace descent {

using hdf5::Handle;

namespace {

std::vector<std::int64_t> read_steps(hid_t file, const std::string& path, std::int64_t begin,
                                     std::int64_t count) {
  std::vector<std::int64_t> steps(static_cast<std::size_t>(count));
  hdf5::read_slab(hdf5::open_dataset(file, path), H5T_NATIVE_INT64, begin, count, steps.data());
  return steps;
}

// What mark_image() wrote.
void read_image_range(hid_t values, SeriesInfo& series) {
  series.image = hdf5::read_text_attribute(values, "CLASS") == "IMAGE";
  if (!series.image || !hdf5::has_attribute(values, "IMAGE_MINMAXRANGE")) return;
  const std::vector<double> range = hdf5::read_numbers_attribute(values, "IMAGE_MINMAXRANGE");
  if (range.size() != 2) throw std::runtime_error("an image's range has two ends");
  series.minimum = range[0];
  series.maximum = range[1];
}

}  // namespace

void throw_damaged(const std::filesystem::path& file, const std::exception& failure) {
  throw Error(fmt::format("the log '{}' is damaged: {}", file.string(), failure.what()));
}

LogReader::Implementation::Implementation(const std::filesystem::path& file)
    : path(file), reading(hdf5::open_for_reading(file, "log", "descent.log", log_schema_version)) {
  guarded([&] {
    read_sets();
    find_series("tensors");
    find_series("samples");
  });
}

void LogReader::Implementation::read_sets() {
  const Handle metrics = hdf5::open_group(reading.file, "metrics");
  for (const std::string& name : hdf5::names(metrics)) {
    const Handle group = hdf5::open_group(metrics, name);
    // The step is looked at first: every column has at least as many rows then.
    rows.push_back(hdf5::extents(hdf5::open_dataset(group, "step")).front());
    MetricSet set{name, {}};
    for (const std::string& column : hdf5::names(group)) {
      if (column == "step" || column == "wall_time" || column == "row_checksum") continue;
      const Handle dataset = hdf5::open_dataset(group, column);
      set.columns.push_back(
          {hdf5::read_text_attribute(dataset, "name"), hdf5::read_text_attribute(dataset, "units"),
           hdf5::read_text_attribute(dataset, "long_name"), hdf5::read_text_attribute(dataset, "direction")});
    }
    sets.push_back(std::move(set));
  }
}

void LogReader::Implementation::find_series(const std::string& folder) {
  if (!hdf5::exists(reading.file, folder)) return;
  const Handle group = hdf5::open_group(reading.file, folder);
  const std::vector<std::string> names = hdf5::names(group);
  for (const std::string& name : names) {
    const std::string at = folder + "/" + name;
    if (hdf5::exists(group, name + "_row_checksum")) {
      // The step is looked at first, and nothing of the values before it: HDF5 would remember an older length
      // of them.
      const std::int64_t snapshots = hdf5::extents(hdf5::open_dataset(group, name + "_step")).front();
      const Handle values = hdf5::open_dataset(group, name);
      const std::vector<std::int64_t> extents = hdf5::extents(values);
      series.push_back(
          {at, Shape(std::span(extents).subspan(1)), hdf5::exists(group, name + "_limits"), snapshots});
      read_image_range(values, series.back());
    } else if (hdf5::is_group(group, name)) {
      find_series(at);
    }
  }
}

const MetricSet& LogReader::Implementation::set(std::string_view name) const {
  for (const MetricSet& set : sets)
    if (set.name == name) return set;
  std::vector<std::string> names;
  for (const MetricSet& set : sets) names.push_back(set.name);
  throw Error(
      fmt::format("the log '{}' has no metric set '{}'{}", path.string(), name, suggestion(name, names)));
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
  return implementation_->guarded([&] {
    Value attributes = Value::map();
    const hid_t root = implementation_->reading.file;
    H5O_info_t info;
    hdf5::check(H5Oget_info2(root, &info, H5O_INFO_NUM_ATTRS), "list the attributes");
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
      const Handle attribute(
          H5Aopen_by_idx(root, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
          "list the attributes");
      std::array<char, 256> name{};
      hdf5::check(H5Aget_name(attribute, name.size(), name.data()) < 0 ? -1 : 0, "list the attributes");
      attributes.set(name.data(), hdf5::read_attribute(root, name.data()));
    }
    return attributes;
  });
}

std::string LogReader::experiment() const {
  return implementation_->guarded(
      [&] { return hdf5::read_text(implementation_->reading.file, "experiment/yaml"); });
}

std::vector<PluginRow> LogReader::plugins() const {
  return implementation_->guarded([&] {
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
    return read_steps(implementation_->reading.file, fmt::format("metrics/{}/step", set), begin, count);
  });
}

std::vector<double> LogReader::column(std::string_view set, std::string_view metric) const {
  return column(set, metric, 0, rows(set));
}

std::vector<double> LogReader::column(std::string_view set, std::string_view metric, std::int64_t begin,
                                      std::int64_t count) const {
  DESCENT_ASSERT(begin >= 0 && count >= 0 && begin + count <= rows(set), "a set has rows 0 to rows() - 1");
  const std::string column = column_name(metric);
  std::vector<std::string> names = {"wall_time"};
  for (const MetricColumn& one : implementation_->set(set).columns) names.push_back(column_name(one.name));
  if (std::find(names.begin(), names.end(), column) == names.end())
    throw Error(fmt::format("the metric set '{}' of the log '{}' has no '{}'{}", set,
                            implementation_->path.string(), metric, suggestion(column, names)));
  return implementation_->guarded([&] {
    std::vector<double> values(static_cast<std::size_t>(count));
    const Handle dataset =
        hdf5::open_dataset(implementation_->reading.file, fmt::format("metrics/{}/{}", set, column));
    hdf5::read_slab(dataset, H5T_NATIVE_DOUBLE, begin, count, values.data());
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

std::vector<double> LogReader::snapshot(std::string_view path, std::int64_t index) const {
  const SeriesInfo& series = implementation_->series_at(path);
  DESCENT_ASSERT(index >= 0 && index < series.snapshots,
                 "a series has snapshots 0 to its number of snapshots - 1");
  return implementation_->guarded([&] {
    std::vector<double> values(static_cast<std::size_t>(series.shape.size()));
    hdf5::read_slab(hdf5::open_dataset(implementation_->reading.file, series.path), H5T_NATIVE_DOUBLE, index,
                    1, values.data());
    return values;
  });
}

std::pair<double, double> LogReader::limits(std::string_view path, std::int64_t index) const {
  const SeriesInfo& series = implementation_->series_at(path);
  DESCENT_ASSERT(series.histogram && index >= 0 && index < series.snapshots,
                 "only the histograms of a series have limits");
  return implementation_->guarded([&] {
    std::pair<double, double> limits;
    std::array<double, 2> ends{};
    hdf5::read_slab(hdf5::open_dataset(implementation_->reading.file, series.path + "_limits"),
                    H5T_NATIVE_DOUBLE, index, 1, ends.data());
    limits = {ends[0], ends[1]};
    return limits;
  });
}

std::vector<std::string> LogReader::verify() const {
  return implementation_->guarded([&] {
    std::vector<std::string> damage;
    const auto add = [&](std::vector<std::string> lines) {
      damage.insert(damage.end(), lines.begin(), lines.end());
    };
    add(implementation_->verify_experiment());
    for (const MetricSet& set : implementation_->sets)
      add(implementation_->verify_rows(set, 0, rows(set.name)));
    for (const SeriesInfo& series : implementation_->series) add(implementation_->verify_series(series));
    return damage;
  });
}

std::vector<std::string> LogReader::verify_rows(std::string_view set, std::int64_t begin,
                                                std::int64_t count) const {
  DESCENT_ASSERT(begin >= 0 && count >= 0 && begin + count <= rows(set), "a set has rows 0 to rows() - 1");
  return implementation_->guarded(
      [&] { return implementation_->verify_rows(implementation_->set(set), begin, count); });
}

std::vector<std::string> LogReader::verify_series(std::string_view path) const {
  return implementation_->guarded(
      [&] { return implementation_->verify_series(implementation_->series_at(path)); });
}

}  // namespace descent

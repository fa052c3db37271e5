#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/runlog/detail/image_sheet.hpp"
#include "descent/runlog/detail/log_reader_data.hpp"

namespace descent::runlog {

using hdf5::Handle;

namespace {

void read_image_range(hid_t values, SeriesInfo& series) {
  series.image = hdf5::read_text_attribute(values, "CLASS") == "IMAGE";
  if (!series.image || !hdf5::has_attribute(values, "IMAGE_MINMAXRANGE")) return;
  const std::vector<double> range = hdf5::read_numbers_attribute(values, "IMAGE_MINMAXRANGE");
  if (range.size() != 2) throw hdf5::Failure("read the two ends of an image's range");
  series.minimum = range[0];
  series.maximum = range[1];
}

std::int64_t length(hid_t group, const std::string& name) {
  const std::vector<std::int64_t> extents = hdf5::extents(hdf5::open_dataset(group, name));
  if (extents.empty()) throw hdf5::Failure("read '" + name + "' as a column of a log");
  return extents.front();
}

MetricColumn described_column(hid_t dataset) {
  MetricColumn column{hdf5::read_text_attribute(dataset, "name"), hdf5::read_text_attribute(dataset, "units"),
                      hdf5::read_text_attribute(dataset, "description"),
                      hdf5::read_text_attribute(dataset, "direction"),
                      hdf5::read_text_attribute(dataset, "note")};
  column.logarithmic = hdf5::read_text_attribute(dataset, "scale") == "log";
  // Early builds of 0.2 kept the description in `long_name`.
  const std::string label = hdf5::read_text_attribute(dataset, "long_name");
  if (column.description.empty() && label != axis_label(column) && label != column.name)
    column.description = label;
  return column;
}

// The columns of a set whose bytes make up the checksum of a row, in their order.
std::vector<std::string> summed_columns(hid_t group) {
  std::vector<std::string> names =
      hdf5::read_texts_attribute(hdf5::open_dataset(group, "row_checksum"), "columns");
  if (names.empty() || names.front() != "step") throw hdf5::Failure("learn what the checksums are of");
  return names;
}

}  // namespace

LogReader::Implementation::Implementation(const std::filesystem::path& file)
    : path(file), reading(hdf5::open_for_reading(file, "log", "descent.log", log_schema_version)) {
  guarded([&] { read_contents(); });
}

LogReader::Implementation::Implementation(const std::filesystem::path& file, Salvage)
    : path(file),
      reading(hdf5::open_for_reading(file, "log", "descent.log", log_schema_version, true)),
      salvaging_(true) {
  guarded([&] { read_contents(); });
}

void LogReader::Implementation::read_contents() {
  read_sets();
  find_series("tensors");
  find_series("samples");
}

void LogReader::Implementation::read_sets() {
  const Handle metrics = hdf5::open_group(reading.file, "metrics");
  for (const std::string& name : hdf5::names(metrics))
    try_to_read("metrics/" + name, [&] { read_set(metrics, name); });
}

void LogReader::Implementation::read_set(const Handle& metrics, const std::string& name) {
  const Handle group = hdf5::open_group(metrics, name);
  // The step is looked at first: every column has at least as many rows then.
  const std::int64_t count = length(group, "step");
  MetricSet set{name, {}};
  std::vector<std::string> order = summed_columns(group);
  const std::vector<std::string> beside = hdf5::read_texts_attribute(group, "auxiliary_signals");
  for (const std::string& column : hdf5::names(group)) {
    if (column == "step" || column == "wall_time" || column == "row_checksum") continue;
    const Handle dataset = hdf5::open_dataset(group, column);
    MetricColumn metric = described_column(dataset);
    metric.beside_first = std::find(beside.begin(), beside.end(), column) != beside.end();
    // Whoever copies the log names the dataset so.
    if (column_name(metric.name) != column) {
      if (column_name(metric.name) != column + "_")
        throw hdf5::Failure("read the column '" + column + "' of '" + name + "'",
                            "its attribute 'name' says '" + metric.name + "'");
      metric.dataset = column;
    }
    set.columns.push_back(std::move(metric));
    if (std::find(order.begin(), order.end(), column) == order.end())
      throw hdf5::Failure("find the column '" + column + "' in the checksums of '" + name + "'");
  }
  for (const std::string& column : order)
    if (!hdf5::exists(group, column))
      throw hdf5::Failure("find the column '" + column + "' of '" + name + "'", "its checksums are of it");
  sets.push_back(std::move(set));
  rows.push_back(count);
  summed_.push_back(std::move(order));
  whole_.emplace_back();
}

void LogReader::Implementation::find_series(const std::string& folder) {
  if (!hdf5::exists(reading.file, folder)) return;
  try_to_read(folder, [&] {
    const Handle group = hdf5::open_group(reading.file, folder);
    groups_.enter(group, folder);
    for (const std::string& name : hdf5::names(group))
      try_to_read(folder + "/" + name, [&] { read_series(group, folder, name); });
  });
}

void LogReader::Implementation::read_series(const Handle& group, const std::string& folder,
                                            const std::string& name) {
  const std::string at = folder + "/" + name;
  if (!hdf5::exists(group, name + "_row_checksum")) {
    if (hdf5::is_group(group, name)) find_series(at);
    return;
  }
  // The step is looked at first, and nothing of the values before it: HDF5 would remember an older length of
  // them.
  const std::int64_t snapshots = length(group, name + "_step");
  const std::vector<std::int64_t> extents = hdf5::extents(hdf5::open_dataset(group, name));
  if (extents.empty()) throw hdf5::Failure("read '" + at + "' as a series of a log");
  SeriesInfo found{at, Shape(std::span(extents).subspan(1)), hdf5::exists(group, name + "_limits"),
                   snapshots};
  read_image_range(hdf5::open_dataset(group, name), found);
  found.sheet = found.image && hdf5::has_sheet(group, name);
  if (salvaging_) {
    LogSchema unused;
    declare(found, unused);
  }
  series.push_back(found);
}

LogTable LogReader::Implementation::table(const MetricSet& one) const {
  const auto index = static_cast<std::size_t>(&one - sets.data());
  const std::string folder = "metrics/" + one.name + "/";
  LogTable table{"metrics/" + one.name, "row", {}, "", folder + "row_checksum", rows[index]};
  for (const std::string& column : summed_[index]) table.datasets.push_back(folder + column);
  const std::string time = folder + "wall_time";
  if (std::find(table.datasets.begin(), table.datasets.end(), time) == table.datasets.end())
    table.time = time;
  return table;
}

LogTable LogReader::Implementation::table(const SeriesInfo& one) {
  LogTable table{one.path,     "snapshot", {one.path + "_step", one.path}, "", one.path + "_row_checksum",
                 one.snapshots};
  if (one.histogram) table.datasets.push_back(one.path + "_limits");
  return table;
}

std::vector<LogTable> LogReader::Implementation::tables() const {
  std::vector<LogTable> tables;
  for (const MetricSet& one : sets) tables.push_back(table(one));
  for (const SeriesInfo& one : series) tables.push_back(table(one));
  return tables;
}

}  // namespace descent::runlog

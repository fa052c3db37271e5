#include "descent/runlog/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "descent/base/scalar.hpp"
#include "descent/base/text.hpp"
#include "descent/config/diagnostics.hpp"

namespace descent::runlog {

namespace {

// A chain's schedules are called by its pattern; what is taken without quoting has none of its characters.
std::string without_wildcards(std::string_view metric) {
  std::string name(metric);
  std::replace(name.begin(), name.end(), '*', '@');
  std::replace(name.begin(), name.end(), '?', '+');
  return name;
}

// Names of datasets that NeXus gives a meaning in a group that is plotted (NXdata, NeXus definitions v2024.02): the title of
// the plot, and errors, scale and origin of the signal or, with its name before them, of another dataset.
std::string not_reserved_by_nexus(std::string name) {
  bool is_reserved = name == "title";
  for (const std::string_view word : {"errors", "scaling_factor", "offset"}) {
    const std::string_view own = name;
    const bool of_another = own.size() > word.size() && own[own.size() - word.size() - 1] == '_';
    if (own.ends_with(word) && (own.size() == word.size() || of_another)) is_reserved = true;
  }
  if (is_reserved) name.push_back('_');
  return name;
}

class SchemaCheck {
 public:
  explicit SchemaCheck(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void name(const std::string& what, const std::string& text, bool plain) {
    if (!plain)
      diagnostics_.add(
          fmt::format("{} '{}' cannot be named so in the log: a name begins with a letter, a digit or '_', "
                      "and goes on with these or "
                      "any of . - + : @",
                      what, text));
  }

  // `path` is a dataset of the file; a group may not have the name of a dataset.
  void take(const std::string& path, const std::string& owner) {
    const auto [other, fresh] = datasets_.emplace(path, owner);
    if (!fresh)
      diagnostics_.add(fmt::format("{} and {} both need '{}' in the log", other->second, owner, path));
  }

  void no_dataset_is_a_group() {
    std::set<std::pair<std::string, std::string>> told;
    for (const auto& [path, owner] : datasets_)
      for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
        const auto above = datasets_.find(path.substr(0, end));
        if (above != datasets_.end() && told.emplace(above->first, owner).second)
          diagnostics_.add(fmt::format("{} needs a group '{}' in the log, where {} has its values", owner,
                                       above->first, above->second));
      }
  }

  void series(const std::string& folder, const std::string& path, const std::vector<std::string>& endings) {
    const std::string owner = fmt::format("the series '{}'", path);
    name("the series", path, is_log_path(path));
    for (const std::string& ending : endings) take(fmt::format("/{}/{}{}", folder, path, ending), owner);
  }

  void tensor(const std::string& folder, const TensorSeries& series) {
    this->series(folder, series.path, {"", "_step", "_row_checksum"});
    constexpr std::int64_t most_bytes = (std::int64_t{1} << 32) - 1;
    std::int64_t bytes = sizeof(Scalar);
    for (const std::int64_t extent : series.shape.extents()) {
      if (extent <= 0)
        return diagnostics_.add(fmt::format("the series '{}' has the shape {}: nothing to log", series.path,
                                            series.shape.text()));
      if (extent > most_bytes / bytes)
        return diagnostics_.add(fmt::format(
            "a snapshot of '{}', shape {}, has 4 GiB or more, which HDF5 cannot keep in one chunk",
            series.path, series.shape.text()));
      bytes *= extent;
    }
    if (!series.dimensions.empty() && series.dimensions.size() != series.shape.rank())
      diagnostics_.add(fmt::format("the series '{}' names {} dimensions, but its shape {} has {}",
                                   series.path, series.dimensions.size(), series.shape.text(),
                                   series.shape.rank()));
    for (const std::string& dimension : series.dimensions)
      name("the dimension", dimension, is_log_name(dimension));
    const std::size_t rank = series.shape.rank();
    if (series.image && folder != "samples")
      diagnostics_.add(fmt::format("the series '{}' cannot be of images: only samples can", series.path));
    // Logs of version 0.1 have gray images without a dimension of channels.
    if (series.image && rank != 3 && !(rank == 4 && (series.shape[3] == 1 || series.shape[3] == 3)))
      diagnostics_.add(
          fmt::format("the images '{}' have the shape {}; it must be (count, height, width, 1) or (count, "
                      "height, width, 3)",
                      series.path, series.shape.text()));
  }

 private:
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> datasets_;
};

}  // namespace

bool is_measure_name(std::string_view name) {
  return is_log_path(name) &&
         std::find(std::begin(own_columns), std::end(own_columns), name) == std::end(own_columns);
}

std::string column_name(std::string_view metric) {
  std::string name = without_wildcards(metric);
  std::replace(name.begin(), name.end(), '/', '.');
  return not_reserved_by_nexus(std::move(name));
}

std::string column_name(const MetricColumn& column) {
  return column.dataset.empty() ? column_name(column.name) : column.dataset;
}

std::string unreserved_name(std::string_view path) {
  const std::size_t name = path.rfind('/') + 1;  // 0 where there is no slash
  return std::string(path.substr(0, name)) + not_reserved_by_nexus(std::string(path.substr(name)));
}

std::string axis_label(const MetricColumn& column) {
  const bool pure = column.unit.empty() || column.unit == "1";
  return pure ? column.name : fmt::format("{} ({})", column.name, column.unit);
}

void LogSchema::check() const {
  Diagnostics diagnostics;
  SchemaCheck check(diagnostics);
  for (const Value::Entry& entry : provenance.entries())
    for (const char* own : {"schema", "schema_version", "run_id", "status", "NX_class", "default"})
      if (entry.key == own)
        diagnostics.add(
            fmt::format("the log itself writes the attribute '{}'; call the provenance otherwise", own));
  for (const MetricSet& set : sets) {
    check.name("the metric set", set.name, is_log_name(set.name));
    for (const char* own : own_columns)
      check.take(fmt::format("/metrics/{}/{}", set.name, own), fmt::format("the metric set '{}'", set.name));
    for (const MetricColumn& column : set.columns) {
      check.name("the metric", column.name, is_log_path(without_wildcards(column.name)));
      check.take(fmt::format("/metrics/{}/{}", set.name, column_name(column)),
                 fmt::format("the metric '{}'", column.name));
      if (!column.direction.empty() && column.direction != "higher" && column.direction != "lower")
        diagnostics.add(fmt::format(
            "the direction of the metric '{}' is 'higher' or 'lower', what is better, or nothing, not '{}'",
            column.name, column.direction));
    }
  }
  for (const TensorSeries& series : tensors) check.tensor("tensors", series);
  for (const TensorSeries& series : samples) check.tensor("samples", series);
  for (const HistogramSeries& series : histograms) {
    check.series("tensors", series.path, {"", "_step", "_row_checksum", "_limits"});
    if (series.bins <= 0)
      diagnostics.add(
          fmt::format("the histogram '{}' has {} bins; it needs one at least", series.path, series.bins));
  }
  check.no_dataset_is_a_group();
  diagnostics.throw_if_any();
}

}  // namespace descent::runlog

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::runlog {

/// A tensor, histogram or sample series as a log holds it.
struct SeriesInfo {
  std::string path;  ///< from the root: `tensors/generator.0.weight/value`
  Shape shape;       ///< of one snapshot
  bool histogram = false;
  std::int64_t snapshots = 0;
  /// Images, of values between `minimum` and `maximum`: TensorSeries::image.
  bool image = false;
  double minimum = 0;
  double maximum = 1;
  bool sheet = false;  ///< sheet_path() shows each snapshot of images as one picture
};

/// The dataset that shows the images of a series as one picture, and the shape of a picture of images of the shape `images`: (rows ·
/// height, columns · width, 3). It has no numbers of its own (detail/image_sheet.hpp).
DESCENT_API std::string sheet_path(std::string_view images_path);
DESCENT_API Shape sheet_shape(const Shape& images);

/// Reads a log that is finished, still being written, or left by a killed process, and never changes it. What
/// it sees is what was committed when it was opened or refreshed.
///
/// Throws Error: the file is missing, is not HDF5, is no log, is of a newer schema, or is damaged; and when
/// asked for a name that is not there.
class DESCENT_API LogReader {
 public:
  explicit LogReader(const std::filesystem::path& file);
  ~LogReader();
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;

  /// Whether its writer has closed it. If not, it is being written, or its writer was killed.
  bool closed() const;
  /// Sees what has been committed since.
  void refresh();

  /// The root's attributes: `status`, `run_id`, the provenance.
  Value attributes() const;
  /// The resolved YAML.
  std::string experiment() const;
  std::vector<PluginRow> plugins() const;

  std::vector<MetricSet> sets() const;
  std::int64_t rows(std::string_view set) const;
  // Rows and snapshots are compared with their checksums before they are handed out; Error where they differ.
  std::vector<std::int64_t> steps(std::string_view set) const;
  /// A metric by its name, with slashes or dots, or `wall_time`: rows() numbers.
  std::vector<double> column(std::string_view set, std::string_view metric) const;
  // The same for `count` rows from row `begin` on.
  std::vector<std::int64_t> steps(std::string_view set, std::int64_t begin, std::int64_t count) const;
  std::vector<double> column(std::string_view set, std::string_view metric, std::int64_t begin,
                             std::int64_t count) const;

  std::vector<SeriesInfo> series() const;
  /// The step of one snapshot, which is read whole: its checksum is of both.
  std::int64_t snapshot_step(std::string_view path, std::int64_t index) const;
  /// The steps of a series' snapshots. Not compared with their checksums, which are of the snapshots too: whoever shows one
  /// reads that.
  std::vector<std::int64_t> snapshot_steps(std::string_view path) const;
  /// One snapshot, row-major, exact for float, double and counts below 2^53.
  std::vector<double> snapshot(std::string_view path, std::int64_t index) const;
  /// The lower and the upper limit of one histogram.
  std::pair<double, double> limits(std::string_view path, std::int64_t index) const;

  /// Reads everything that was committed and compares the checksums: one sentence for rows or snapshots next
  /// to each other that differ, and none for a log without damage.
  std::vector<std::string> verify() const;
  /// The same for `count` rows of one metric set from row `begin` on, and for one series.
  std::vector<std::string> verify_rows(std::string_view set, std::int64_t begin, std::int64_t count) const;
  std::vector<std::string> verify_series(std::string_view path) const;
  /// Throws Error where verify_series() finds something.
  void require_whole(std::string_view path) const;

  /// What was declared when it was begun: a log that was made from it declares the same. Tensors, histograms
  /// and samples are in the order of the file.
  LogSchema schema() const;

 private:
  class Implementation;
  friend class LogCopy;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace descent::runlog

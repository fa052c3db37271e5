#pragma once

#include <optional>

#include "descent/runlog/detail/log_table.hpp"
#include "descent/runlog/detail/open_hdf5.hpp"
#include "descent/runlog/log_reader.hpp"

namespace descent::runlog {

/// What a LogReader knows of its file. Internal. Methods throw hdf5::Failure; guarded() makes Errors of them.
class LogReader::Implementation {
 public:
  explicit Implementation(const std::filesystem::path& file);
  /// Opens a file that may be cut short, with those of its sets and series whose descriptions can be read.
  struct Salvage {};
  Implementation(const std::filesystem::path& file, Salvage salvage);

  /// Calls `read` under HDF5's lock, and names the file if it fails.
  template <class Read>
  auto guarded(Read read) const;

  /// Throws Error when there is no such set, or series.
  const MetricSet& set(std::string_view name) const;
  const SeriesInfo& series_at(std::string_view wanted) const;
  /// The dataset of a metric or of `wall_time`. Throws Error when the set has none of that name.
  std::string dataset_of(std::string_view set_name, std::string_view metric) const;

  LogTable table(const MetricSet& one) const;
  static LogTable table(const SeriesInfo& one);
  std::vector<LogTable> tables() const;

  std::vector<std::string> verify_experiment() const;
  /// What is wrong with the sheets of images: they have no numbers, and no checksums.
  std::vector<std::string> verify_sheets() const;
  /// Throws Error when a dataset below /experiment differs from its checksum.
  void require_whole(const std::string& dataset) const;
  /// What differs from its checksum. What was whole once is not read again, as long as one stretch of rows
  /// continues the one before.
  std::vector<std::string> verify_rows(const MetricSet& one, std::int64_t begin, std::int64_t count) const;
  /// Throw Error where something that was asked for is damaged.
  void require_whole(const MetricSet& one, std::int64_t begin, std::int64_t count) const;
  void require_whole(const SeriesInfo& one, std::int64_t snapshot) const;

  /// The root's attributes. In what is salvaged, without those that cannot be read.
  Value attributes() const;
  /// What the log declares, without its experiment and plugins.
  LogSchema schema() const;
  /// Bytes of each number of its tensors and samples.
  std::size_t scalar_bytes() const;

  std::filesystem::path path;
  hdf5::Reading reading;
  std::vector<MetricSet> sets;
  std::vector<std::int64_t> rows;  ///< of each set
  std::vector<SeriesInfo> series;
  /// What could not be read while opening, and why. Only in what is salvaged.
  std::vector<std::string> lost;

 private:
  void read_contents();
  void read_sets();
  void read_set(const hdf5::Handle& metrics, const std::string& name);
  void find_series(const std::string& folder);
  void read_series(const hdf5::Handle& group, const std::string& folder, const std::string& name);
  void declare(const SeriesInfo& one, LogSchema& schema) const;
  /// In what is salvaged, notes a failure of `read` in place of passing it on.
  template <class Read>
  void try_to_read(const std::string& what, Read read);

  std::vector<std::vector<std::string>> summed_;  // columns of each set, in the order of its checksums
  hdf5::GroupsSeen groups_;
  bool salvaging_ = false;
  struct Stretch {
    std::int64_t begin = 0, end = 0;
  };
  mutable std::vector<Stretch> whole_;  // of the rows of each set
};

[[noreturn]] void throw_damaged(const std::filesystem::path& file, const std::exception& failure);

template <class Read>
auto LogReader::Implementation::guarded(Read read) const {
  const hdf5::Lock lock;
  try {
    return read();
  } catch (const hdf5::Failure& failure) {
    throw_damaged(path, failure);
  }
}

template <class Read>
void LogReader::Implementation::try_to_read(const std::string& what, Read read) {
  if (!salvaging_) return read();
  try {
    read();
  } catch (const hdf5::Failure& failure) {
    lost.push_back(what + " is lost: " + failure.what());
  }
}

}  // namespace descent::runlog

#pragma once

#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/open_hdf5.hpp"

namespace descent {

/// What a LogReader knows of its file. Internal. Methods throw hdf5::Failure; guarded() makes Errors of them.
class LogReader::Implementation {
 public:
  explicit Implementation(const std::filesystem::path& file);

  /// Calls `read` under HDF5's lock, and names the file if it fails.
  template <class Read>
  auto guarded(Read read) const;

  std::vector<std::string> verify_experiment() const;
  std::vector<std::string> verify_rows(const MetricSet& set, std::int64_t begin, std::int64_t count) const;
  std::vector<std::string> verify_series(const SeriesInfo& series) const;

  /// Throws Error when there is no such set, or series.
  const MetricSet& set(std::string_view name) const;
  const SeriesInfo& series_at(std::string_view path) const;

  std::filesystem::path path;
  hdf5::Reading reading;
  std::vector<MetricSet> sets;
  std::vector<std::int64_t> rows;  ///< of each set
  std::vector<SeriesInfo> series;

 private:
  void read_sets();
  void find_series(const std::string& folder);
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

}  // namespace descent

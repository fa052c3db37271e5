#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/scalar.hpp"
#include "descent/runlog/run_status.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::runlog {

/// `metrics/train` and its number of rows, `tensors/generator.0.weight/value` and its number of snapshots.
struct LogLength {
  std::string path;
  std::int64_t rows;
  bool operator==(const LogLength&) const = default;
};

/// What a resumed run keeps of its log; what is not named keeps nothing.
struct KeptRows {
  std::vector<LogLength> lengths;
};

struct LogOptions {
  /// Memory for snapshots that wait for the disk; two of the largest always fit.
  std::size_t queue_bytes = std::size_t{64} << 20;
  /// Called on the writer's thread when rows have reached the file, where a killed process leaves them: what
  /// of, and how many it has now.
  std::function<void(const LogLength&)> written = nullptr;
};

/// A metric set, or a series, of one LogWriter.
struct SetHandle {
  std::size_t index;
};
struct SeriesHandle {
  std::size_t index;
};

/// How often, and for how many seconds in all, the training thread had to wait for the disk.
struct Stalls {
  std::int64_t count = 0;
  double seconds = 0;
};

/// Writes `log.h5` of a run; schema.hpp describes the file. append() copies into bounded queues, which one
/// thread of the writer empties: that thread alone calls HDF5. The rows of a set reach the file when there
/// are 64 of them, or within a second. Others may read the file meanwhile, and a killed process leaves it
/// readable up to the last row that reached it.
///
/// The methods are for one thread. When writing has failed (a full disk), the next call throws RunError, and
/// the file keeps what it had.
class DESCENT_API LogWriter {
 public:
  /// Creates `directory/log.h5`. Throws Error when the schema is wrong or when there is a log, RunError when
  /// the file cannot be created.
  LogWriter(const std::filesystem::path& directory, const LogSchema& schema, const LogOptions& options = {});
  /// Goes on with the log that is there: rebuilds it with the first `kept` rows and snapshots of each set and
  /// series, and drops the others. Throws Error when the log holds less than that or is damaged.
  LogWriter(const std::filesystem::path& directory, const LogSchema& schema, const KeptRows& kept,
            const LogOptions& options = {});
  /// Without finish() before: writes what was appended and leaves the status `running`.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Throw Error that names what was declared when `name` was not: nothing can be added to a log that has
  // begun.
  SetHandle set(std::string_view name) const;
  SeriesHandle tensor(std::string_view path) const;
  SeriesHandle histogram(std::string_view path) const;
  SeriesHandle sample(std::string_view path) const;

  /// One row: `wall_time` in seconds since the run began, one value for each column, in their order. Takes no
  /// memory.
  void append(SetHandle set, std::int64_t step, double wall_time, std::span<const double> values);
  /// One snapshot of a tensor or sample series, row-major. Takes no memory; waits while the queue is full.
  void append(SeriesHandle series, std::int64_t step, std::span<const Scalar> values);
  /// One histogram: the counts of equally wide bins between `lower` and `upper`.
  void append(SeriesHandle series, std::int64_t step, std::span<const std::int64_t> counts, double lower,
              double upper);

  /// Waits until everything appended so far is in the file, and on the disk (fsync).
  void synchronize();
  /// What was appended so far, in the order of the schema; after synchronize() the file has as much.
  std::vector<LogLength> lengths() const;
  Stalls stalls() const;

  /// Writes everything, then the status, and closes the file; nothing can be appended any more.
  void finish(RunStatus status);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace descent::runlog

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

/// What collect_sweep() wrote.
struct CollectReport {
  std::filesystem::path file;
  std::size_t runs = 0;
  std::size_t logs = 0;  ///< runs with a log, which are linked
  /// Runs that could not be read; their row says `damaged`.
  std::vector<std::string> diagnostics;
};

/// Writes `sweep.h5` into the sweep's directory, whatever its runs are doing: a row for each run of the list,
/// and links to their logs. It holds nothing that the runs' own files do not say, so that it may be made
/// again at any time, and replaces the one before as a whole.
///
/// - `/`: `schema` (`descent.sweep`), `schema_version`, `name`, `method`, `protocol`, `objective`, `target`.
/// - `/table/run`: the number of the row, the dimension scale of all columns; `identity`, `folder`, `log` (the log's
///   path from here, empty where there is none), `seed`;
///   with the protocol deepobs `phase` (`tuning`, `final`, or `both`); `optimizer`; what the axes set, by its
///   path; `status`, `step`.
/// - `/table/METRIC`: its last row; `METRIC.best` and `METRIC.best_step`: the best one that is finite. The
///   metrics are the objective and those that the experiment's metrics measured; a name has dots for slashes,
///   and the attributes `name`, `units` and `direction`.
/// - `/table/training_seconds` (without evaluation and logging), `wall_seconds`, `peak_memory_bytes`,
///   `reason`.
/// - `/runs/FOLDER`: the run's log, where it has one. HDF5 opens only closed logs through a link, but for
///   readers that opened sweep.h5 with SWMR.
///
/// NeXus viewers open the file on the last values of the objective over the runs. Texts have variable length, UTF-8: netCDF's
/// library 4.9.0 crashes at columns of fixed-length texts.
///
/// What a run does not have is NaN in a column of numbers, and an empty text. Each column has the CRC-32C of its
/// bytes as the attribute `crc32c`; a file of schema version 1 has none, and up to version 2 texts had a
/// fixed length. The file is read back and compared with its
/// checksums before it replaces an older one. Throws RunError when it cannot be written.
DESCENT_API CollectReport collect_sweep(const FrozenSweep& sweep);

/// What is wrong with the columns of a `sweep.h5`, a sentence each; none: it is whole. Throws Error when it is none.
DESCENT_API std::vector<std::string> verify_collected(const std::filesystem::path& file);

}  // namespace descent::sweep

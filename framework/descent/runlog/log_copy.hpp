#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"

namespace descent::runlog {

/// A log made from another: declared anew, and filled with the rows that are whole up to the first that is
/// not. Internal.
class LogCopy {
 public:
  /// Opens `log`; `salvage` takes what can be read of a damaged one. Throws Error.
  LogCopy(const std::filesystem::path& log, bool salvage);
  ~LogCopy();

  /// Everything the log declares. In what is salvaged, without experiment and plugins that are damaged.
  LogSchema schema();
  /// What could not be read at all, a sentence each.
  std::vector<std::string> lost() const;
  /// Grows no more: each table gets the rows it has.
  hdf5::Layout packed_layout() const;
  hdf5::Layout growing_layout() const;

  /// Writes the copy into the file `path`, which must not exist, and closes it. Throws RunError when it cannot be
  /// written.
  std::vector<SalvagedTable> write(const std::filesystem::path& path, const LogSchema& schema,
                                   const hdf5::Layout& layout);
  /// The first difference between the log and a copy of it; empty when there is none. Throws Error when the
  /// copy cannot be read.
  std::string difference(const std::filesystem::path& copy) const;

 private:
  class Source;
  std::unique_ptr<Source> source_;
};

}  // namespace descent::runlog

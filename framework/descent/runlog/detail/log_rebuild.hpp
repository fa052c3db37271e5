#pragma once

#include <filesystem>
#include <vector>

#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/log_writer.hpp"

/// Going on with a log. Internal.
namespace descent::runlog {

/// Replaces `directory/log.h5` by one that `schema` declares and that holds the first `kept` rows and
/// snapshots of the old one, bit for bit: written beside it, put on the disk, renamed. A log is never shrunk
/// in place: a process killed while HDF5 truncates leaves zeros behind. Without a log, and with nothing to
/// keep, makes one. Replaces its journal likewise, and returns that of the new log. Throws Error when the old log
/// holds less than that, or is damaged; it is then as it was.
JournalWriter rebuild_log(const std::filesystem::path& directory, const LogSchema& schema,
                          const std::vector<LogLength>& kept);

}  // namespace descent::runlog

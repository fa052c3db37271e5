#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::runlog {

/// What is left of a metric set or series of a damaged log.
struct SalvagedTable {
  std::string path;            ///< `metrics/train`
  std::string row;             ///< what one is called: `row` or `snapshot`
  std::int64_t committed = 0;  ///< how many the damaged log should have
  std::int64_t kept = 0;       ///< how many were whole, up to the first that was not
  std::string reason = {};     ///< why the others are lost; empty when none is
};

/// Whether the run has a journal that a log can be made from.
DESCENT_API bool has_journal(const std::filesystem::path& directory);

struct LogRepair {
  std::vector<SalvagedTable> tables;
  std::vector<std::string> lost;      ///< what could not even be declared anew: a sentence each
  std::filesystem::path damaged_log;  ///< where the old log is now; empty when there was none
  bool from_journal = false;          ///< made from the journal, not from what can be read of the old log
};

/// Whether the log of a run can be read, and all of its rows have their checksums.
DESCENT_API bool log_is_whole(const std::filesystem::path& directory);

/// Where a new log comes from: the old one, where it is whole or there is no journal; or the journal in any case, because
/// the old one has lost rows.
enum class RepairFrom { log, journal };

/// Makes a whole log of one that is damaged, cut short, or was left by a killed writer: a new `log.h5` with
/// what the old one declares and, of every set and series, the committed rows up to the first that differs
/// from its checksum or cannot be read. A damaged log of an unfinished run is made from its journal
/// (detail/journal.hpp). Nothing is changed in place: the copy is written as `log.h5.part`, put on the disk and renamed;
/// the old log stays as `log.h5.damaged-N`. A damaged copy of the experiment is replaced by the directory's
/// `experiment.yaml`.
///
/// The caller holds the directory's lock. Throws Error when there is no log, or one that is destroyed beyond
/// reading, and RunError when the copy cannot be written; the old log is then where it was.
DESCENT_API LogRepair repair_log(const std::filesystem::path& directory, RepairFrom from = RepairFrom::log);

/// Gives `directory/log.h5` the name `log.h5.damaged-N`, which is returned. Throws RunError.
DESCENT_API std::filesystem::path set_log_aside(const std::filesystem::path& directory);

}  // namespace descent::runlog

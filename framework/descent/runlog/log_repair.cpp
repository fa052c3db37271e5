#include "descent/runlog/log_repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/runlog/detail/log_recovery.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/log_copy.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace fs = std::filesystem;

namespace {

// A second name for the log, so that there is a log at every moment; where links cannot be made, its only
// one.
fs::path keep_aside(const fs::path& log) {
  for (int number = 1;; ++number) {
    fs::path aside = fmt::format("{}.damaged-{}", log.string(), number);
    std::error_code failure;
    fs::create_hard_link(log, aside, failure);
    if (failure == std::errc::file_exists) continue;
    if (failure && fs::exists(aside)) continue;
    if (failure) fs::rename(log, aside, failure);
    if (failure)
      throw RunError(
          fmt::format("cannot keep '{}' as '{}': {}", log.string(), aside.string(), failure.message()));
    return aside;
  }
}

}  // namespace

bool log_is_whole(const fs::path& directory) {
  try {
    return LogReader(directory / files::log).verify().empty();
  } catch (const Error&) {
    return false;
  }
}

bool has_journal(const fs::path& directory) {
  return !lengths_in_journal(directory).empty();
}

fs::path set_log_aside(const fs::path& directory) {
  fs::path aside = keep_aside(directory / files::log);
  fs::remove(directory / files::log);
  return aside;
}

static LogRepair write_salvaged_once(const fs::path& directory, const fs::path& part) {
  LogRepair repair;
  LogCopy copy(directory / files::log, true);
  LogSchema schema = copy.schema();
  repair.lost = copy.lost();
  if (schema.experiment.empty() && fs::exists(directory / files::experiment))
    schema.experiment = read_file(directory / files::experiment);
  repair.tables = copy.write(part, schema, copy.growing_layout());
  return repair;
}

static std::int64_t rows_kept(const LogRepair& repair) {
  std::int64_t rows = 0;
  for (const SalvagedTable& table : repair.tables) rows += table.kept;
  return rows;
}

static bool lacks_something(const LogRepair& repair) {
  return !repair.lost.empty() ||
         std::any_of(repair.tables.begin(), repair.tables.end(),
                     [](const SalvagedTable& table) { return table.kept < table.committed; });
}

// Where something is lost, all is read again: a disk may have failed once.
static LogRepair write_salvaged(const fs::path& directory, const fs::path& part) {
  LogRepair repair = write_salvaged_once(directory, part);
  if (!lacks_something(repair)) return repair;
  const fs::path another = part_of(part);
  fs::remove(another);
  try {
    LogRepair again = write_salvaged_once(directory, another);
    if (again.lost.size() < repair.lost.size() || rows_kept(again) > rows_kept(repair)) {
      fs::rename(another, part);
      repair = std::move(again);
    }
  } catch (...) {
    std::error_code ignored;
    fs::remove(another, ignored);
    throw;
  }
  fs::remove(another);
  return repair;
}

LogRepair repair_log(const fs::path& directory, RepairFrom from) {
  const fs::path log = directory / files::log, part = part_of(log);
  LogRepair repair;
  repair.from_journal = (from == RepairFrom::journal || !log_is_whole(directory)) && has_journal(directory);
  try {
    fs::remove(part);
    if (repair.from_journal) {
      JournalReader journal(directory / files::journal);
      repair.tables = write_log_from_journal(journal, log, part);
    } else {
      repair = write_salvaged(directory, part);
    }
    if (fs::exists(log)) repair.damaged_log = keep_aside(log);
    publish_durably(log);
  } catch (...) {
    std::error_code ignored;  // the failure that is on its way says more
    fs::remove(part, ignored);
    throw;
  }
  fs::remove(directory / files::journal);  // its places are those of the old log
  return repair;
}

}  // namespace descent::runlog

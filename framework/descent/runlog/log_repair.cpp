#include "descent/runlog/log_repair.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/log_copy.hpp"
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

LogRepair repair_log(const fs::path& directory) {
  const fs::path log = directory / files::log, part = part_of(log);
  LogRepair repair;
  LogCopy copy(log, true);
  LogSchema schema = copy.schema();
  repair.lost = copy.lost();
  if (schema.experiment.empty() && fs::exists(directory / files::experiment))
    schema.experiment = read_file(directory / files::experiment);
  try {
    fs::remove(part);
    repair.tables = copy.write(part, schema, copy.growing_layout());
    repair.damaged_log = keep_aside(log);
    publish_durably(log);
  } catch (...) {
    std::error_code ignored;  // the failure that is on its way says more
    fs::remove(part, ignored);
    throw;
  }
  return repair;
}

}  // namespace descent::runlog

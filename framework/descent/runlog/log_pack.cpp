#include "descent/runlog/log_pack.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/log_copy.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace fs = std::filesystem;

PackedSize pack_log(const fs::path& log, const fs::path& packed) {
  std::error_code missing;
  if (fs::exists(packed) && !fs::equivalent(log, packed, missing))
    throw Error(fmt::format("there is a file '{}' already", packed.string()));
  const LogReader reader(log);
  if (!reader.closed())
    throw Error(fmt::format("the log '{}' is not finished: it is being written, or its writer was killed",
                            log.string()));
  if (const std::vector<std::string> damage = reader.verify(); !damage.empty())
    throw Error(fmt::format("the log '{}' is damaged: {}", log.string(), damage.front()));

  const fs::path part = part_of(packed);
  PackedSize size{fs::file_size(log), 0};
  LogCopy copy(log, false);
  try {
    fs::remove(part);
    static_cast<void>(copy.write(part, copy.schema(), copy.packed_layout()));
    if (const std::string difference = copy.difference(part); !difference.empty())
      throw RunError(
          fmt::format("the packed copy of '{}' is not what it is a copy of: {}", log.string(), difference));
    size.after = fs::file_size(part);
    publish_durably(packed);
    // A power cut may have left one beside the finished log, whose places in it are others now.
    if (packed == log) fs::remove(log.parent_path() / files::journal);
  } catch (...) {
    std::error_code ignored;  // the failure that is on its way says more
    fs::remove(part, ignored);
    throw;
  }
  return size;
}

void copy_log(const fs::path& log, const fs::path& copy) {
  std::error_code not_there_yet;
  if (fs::equivalent(log, copy, not_there_yet))
    throw Error(fmt::format("'{}' is the log itself: copy it to another file", copy.string()));
  const fs::path part = part_of(copy);
  LogCopy source(log, false);
  try {
    fs::remove(part);
    for (const SalvagedTable& table : source.write(part, source.schema(), source.growing_layout()))
      if (!table.reason.empty())
        throw Error(fmt::format("the log '{}' is damaged: {}: {}", log.string(), table.path, table.reason));
    publish(copy);
  } catch (...) {
    std::error_code ignored;  // the failure that is on its way says more
    fs::remove(part, ignored);
    throw;
  }
}

}  // namespace descent::runlog

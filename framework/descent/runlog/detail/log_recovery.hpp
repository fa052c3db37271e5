#pragma once

#include <filesystem>
#include <vector>

#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/log_repair.hpp"
#include "descent/runlog/log_writer.hpp"

/// A log made anew from its journal. Internal.
namespace descent::runlog {

/// Writes the log that `journal` tells of to the file `path`, which must not exist, and closes it with the status
/// `running`. The numbers of snapshots are taken from `damaged`, the log.h5 that the journal goes with, by their places in it; from the first
/// that has not its checksum on, the snapshots of its series are lost. Throws RunError when the file cannot be
/// written.
std::vector<SalvagedTable> write_log_from_journal(JournalReader& journal,
                                                  const std::filesystem::path& damaged,
                                                  const std::filesystem::path& path);

/// How many rows and snapshots a journal tells of, in the order of its declaration; nothing when there is no journal that
/// can be read.
std::vector<LogLength> lengths_in_journal(const std::filesystem::path& directory);

}  // namespace descent::runlog

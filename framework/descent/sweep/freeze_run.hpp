#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/sweep/sweep_folder.hpp"

/// The folders of single runs of a sweep. Internal.
namespace descent::sweep {

enum class Freeze { added, kept, changed };

/// What freeze_run() would do.
Freeze freezing_of(const std::filesystem::path& run, const std::string& experiment);

/// The directory of one run, with its resolved experiment and the status `pending`. What is there of the same
/// experiment stays; of another, it is moved aside.
Freeze freeze_run(const std::filesystem::path& run, const std::string& experiment);

/// Leaves the mark of a call that writes a sweep's list and folders; `command` finishes what a kill cuts short.
void mark_freezing(const std::filesystem::path& directory, const std::string& command);
void end_freezing(const std::filesystem::path& directory);
/// Whether such a mark is there.
bool was_cut_short(const std::filesystem::path& directory);

/// Writes `runs.jsonl`.
void write_list(const std::filesystem::path& directory, const std::vector<FrozenRun>& runs);

}  // namespace descent::sweep

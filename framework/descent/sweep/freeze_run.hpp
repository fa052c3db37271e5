#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/plugin/registry.hpp"
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

/// Makes the folder of a run of the list, as the list says. Throws Error when its experiment is wrong. The caller holds the
/// sweep.
void make_run(const FrozenSweep& sweep, std::size_t run, Registry& registry);

/// Adds settings to the frozen list, with all seeds of the sweep: what a search proposes once others have ended. What is
/// there already stays as it is. Returns the places in the list of all of them. The caller holds the sweep.
std::vector<std::size_t> add_settings(FrozenSweep& sweep, const std::vector<std::vector<Setting>>& settings,
                                      Registry& registry);

}  // namespace descent::sweep

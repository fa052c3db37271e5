#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/runlog/directory_lock.hpp"
#include "descent/sweep/plan.hpp"

namespace descent::sweep {

/// A run of a frozen sweep.
struct FrozenRun {
  std::string identity;
  std::string folder;  ///< below the sweep's directory: `optimizer=adam,learning_rate=0.001/seed=3`
  std::int64_t seed = 0;
  std::vector<Setting> settings;
};

/// A sweep as its directory says:
///
///     runs/gan_ring_lr/
///       sweep.yaml     the section `sweep`, and the experiment that its axes vary
///       runs.jsonl     the list of runs, a line of JSON each
///       optimizer=adam,learning_rate=0.001/seed=3/   a run
struct FrozenSweep {
  std::filesystem::path directory;
  std::string name;
  /// The section `sweep`, whole, and as it is read.
  Value section;
  SweepSpec spec;
  std::int64_t threads = 1;  ///< of each run
  std::string base_hash;     ///< SweepPlan::base_hash
  std::vector<FrozenRun> runs;

  std::filesystem::path directory_of(std::size_t run) const { return directory / runs[run].folder; }
};

/// Whether a directory is that of a sweep: it holds `sweep.yaml` and `runs.jsonl`.
DESCENT_API bool is_sweep(const std::filesystem::path& directory);
/// Throws Error where a command's output would replace a file of a sweep or of a run, or a run's checkpoint.
DESCENT_API void require_replaceable(const std::filesystem::path& output);
/// Throws Error when it cannot be read.
DESCENT_API FrozenSweep read_sweep(const std::filesystem::path& directory);
/// The same; throws Error that says what a sweep is where `place` is none.
DESCENT_API FrozenSweep sweep_at(const std::filesystem::path& location);
/// The same with one run alone, by its folder; its seed and settings are left out.
DESCENT_API FrozenSweep read_sweep_of_one(const std::filesystem::path& directory, const std::string& folder);

/// What freezing did, or would do, to the runs that an earlier call had frozen.
struct FreezeReport {
  std::size_t added = 0;
  std::size_t kept = 0;
  /// Folders of those that are no longer of the sweep; what they have written stays.
  std::vector<std::string> removed = {};
  /// Folders of those that are another experiment now: what they had written is moved aside.
  std::vector<std::string> changed = {};
  /// Where these are what they were but for more steps: how many, as `trainer.steps` has it; null: they are not.
  Value more_steps = {};
};

/// Writes the list of runs, and for every one a directory with its resolved experiment and the status
/// `pending`; runs that are there already stay as they are. Throws Error, before anything is written, when
/// one of the experiments is wrong, or is another one now and played by a process, when a run is of an earlier version
/// (require_loadable()), or when the directory is that of another file's sweep: the two would move each other's results
/// aside. A call that is killed leaves a mark, and the next one finds and finishes whatever it had left.
DESCENT_API FreezeReport freeze_sweep(const SweepPlan& plan, const std::filesystem::path& directory,
                                      Registry& registry);

/// What freeze_sweep() would do; throws what it would throw. Touches no file.
DESCENT_API FreezeReport preview_freezing(const SweepPlan& plan, const std::filesystem::path& directory,
                                          Registry& registry);

/// Throws Error when the call that last froze the sweep was killed before its end: the folders are not yet
/// those of the list. Waits for one that is at it.
DESCENT_API void require_frozen(const std::filesystem::path& directory);

/// Throws Error that names both versions when an earlier version of Descent made a run of the sweep, or one in
/// `folders` below the directory, which this one can show but neither load nor continue. Reads neither
/// experiments nor the section `sweep`, whose grammar may have changed; where there is no sweep yet, looks at
/// `folders` alone.
DESCENT_API void require_loadable(const std::filesystem::path& directory,
                                  const std::vector<std::string>& folders = {});

/// Throws Error when a run's folder, as a file of the sweep names it, is not below the sweep's directory.
void require_below_sweep(const std::string& folder, const SourceLocation& location);

/// Holds the sweep's list and journal for this process; waits for another one that does.
runlog::RunDirectoryLock lock_sweep(const std::filesystem::path& directory);

/// Moves aside what a run has written, so that it begins anew.
DESCENT_API void renew_run(const FrozenSweep& sweep, std::size_t run);

/// Whether the experiment of a run is no longer there: somebody deleted its folder. Throws RunError when that
/// cannot be seen.
DESCENT_API bool has_lost_folder(const FrozenSweep& sweep, std::size_t run);

/// Makes the folder of such a run anew, as the frozen list says. Throws RunError when it cannot be made.
DESCENT_API void restore_run(const FrozenSweep& sweep, std::size_t run, Registry& registry);

/// Adds the configuration of a run with other seeds to a frozen list: what a protocol decides on once others
/// have ended. Those that are there already stay as they are. Returns the places in the list of all of them.
DESCENT_API std::vector<std::size_t> add_seeds(FrozenSweep& sweep, std::size_t run,
                                               const std::vector<std::int64_t>& seeds);

}  // namespace descent::sweep

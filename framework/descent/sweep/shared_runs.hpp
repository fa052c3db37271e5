#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

/// A run that was not trained again.
struct SharedRun {
  std::size_t run = 0;         ///< of FrozenSweep::runs
  std::filesystem::path from;  ///< the directory of the one that it is a copy of
};

/// Looks for runs of the sweep that have not begun among those below `root` that are done, and copies these: of the same
/// experiment but for its name, of the plugin binaries that would be loaded now, and of a build and machine that give the
/// same bits (run::check_same_machine()). Copies, for each is a run by itself then: it may get more steps, and either sweep
/// may be deleted. Its experiment.yaml keeps the other's name, and an event says where it is from. Throws RunError when one
/// cannot be copied.
DESCENT_API std::vector<SharedRun> share_finished_runs(const FrozenSweep& sweep,
                                                       const std::filesystem::path& root, Registry& registry);

}  // namespace descent::sweep

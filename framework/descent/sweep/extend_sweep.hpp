#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "descent/plugin/registry.hpp"

namespace descent::sweep {

/// What extend_sweep() did.
struct ExtendReport {
  std::size_t goes_on = 0;     ///< runs that have ended, or been stopped, and get more steps
  std::size_t begins = 0;      ///< runs that have not begun, and get as many
  std::size_t went_wrong = 0;  ///< runs that diverged, failed or timed out, and stay what they are
};

/// Gives every run of a frozen sweep more steps: its experiment says so, and one that was done waits to go on from its last
/// checkpoint. `assignment` is `trainer.steps=N`. Throws Error, before anything is written, where an axis sets the steps,
/// with the method halving, whose rungs follow from them, for fewer steps than a run has, where a process plays a run, and
/// for what an experiment may not say. A call that is killed leaves the mark of one that freezes; the same call finishes it.
DESCENT_API ExtendReport extend_sweep(const std::filesystem::path& directory, const std::string& assignment,
                                      Registry& registry);

}  // namespace descent::sweep

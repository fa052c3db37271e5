#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "descent/sweep/sweep_folder.hpp"

namespace descent::program {

class Command;

/// How a frozen sweep is to be played.
struct SweepArguments {
  std::vector<std::string> plugin_path;
  std::int64_t jobs = 0;  ///< 0: as many as the machine has room for
  bool fail_fast = false;
  bool quiet = false;
  /// Words of statuses that are to be tried again, and `stale`.
  std::vector<std::string> retry;
};

/// `-j`, `--retry` and what else says how.
void add_sweep_options(Command& command, SweepArguments& arguments);

/// The command that goes on with a run, in front of the run.
std::vector<std::string> resume_words(const SweepArguments& arguments);

/// Plays what is missing of a sweep on this machine and shows how it goes, or submits it to Slurm as the
/// sweep says. `first_line` is printed before, and from then on a signal ends the sweep in order. Returns the
/// program's exit code.
int play_sweep(sweep::FrozenSweep& sweep, const SweepArguments& arguments,
               const std::string& first_line = "");

}  // namespace descent::program

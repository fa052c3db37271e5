#pragma once

#include <filesystem>
#include <vector>

#include "descent/experiment/experiment.hpp"

namespace descent::analysis {

/// Runs that are what an experiment asks for (experiment::RunIdentity), whatever their folders are called.
struct SameRuns {
  /// As long; those that are done first.
  std::vector<std::filesystem::path> same;
  /// Of fewer steps: `descent resume` would make them as long.
  std::vector<std::filesystem::path> shorter;
};

/// Looks below `root/NAME` for runs that have begun; those that were moved aside, and those that cannot be read, are passed
/// over.
DESCENT_API SameRuns find_same_runs(const experiment::Experiment& experiment,
                                    const std::filesystem::path& root);

}  // namespace descent::analysis

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data_table.hpp"

namespace descent::program {

/// What is asked about a sweep.
struct SweepComparisonRequest {
  std::vector<std::string> metrics = {};  ///< none: the objective, or what it took to reach the target
  bool best = false;                      ///< each run's best value, not its last
  bool unfinished = false;
  std::size_t top = 0;     ///< settings that are shown; 0: all
  std::string table = {};  ///< one of sweep_table_names(); empty: all of them, in CSV the settings
  Format format = Format::text;
};

/// `settings`, `best`, `sensitivity`, `profile`.
const std::vector<std::string>& sweep_table_names();

/// Prints how the settings of a sweep did, which are the best and how much that depends on each axis. Returns
/// the program's exit code.
int compare_sweep(const std::filesystem::path& directory, const SweepComparisonRequest& request);

}  // namespace descent::program

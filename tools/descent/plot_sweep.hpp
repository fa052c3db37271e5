#pragma once

#include <filesystem>
#include <string>

namespace descent::program {

/// What is drawn of a sweep.
struct SweepPlot {
  std::filesystem::path sweep;
  std::string metric = {};  ///< empty: the objective, or the steps to the target
  std::string x = {};       ///< empty: the axis that ends in `learning_rate`
  bool mean = false;        ///< mean and standard deviation, not median and quartiles
  bool log_x = false, log_y = false;
  bool steps = false;  ///< of profiles: not seconds of training
  std::filesystem::path output = {};
};

/// Draws the last value of each run against an axis of numbers. Returns the program's exit code.
int plot_sensitivity(const SweepPlot& plot);
/// Draws performance profiles.
int plot_profiles(const SweepPlot& plot);

}  // namespace descent::program

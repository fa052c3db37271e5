#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data_table.hpp"
#include "figure_options.hpp"

namespace descent::program {

/// What is drawn of a sweep.
struct SweepPlot {
  std::filesystem::path sweep;
  std::vector<std::string> metrics = {};  ///< a panel each; none: the objective, or the steps to the target
  std::string x = {};                     ///< empty: the axis that ends in `learning_rate`
  bool mean = false;                      ///< mean and standard deviation, not median and quartiles
  bool log_x = false, log_y = false;
  bool steps = false;  ///< of profiles: not seconds of training
  FigureOptions look = {};
  std::filesystem::path output = {};
  Format format = Format::text;  ///< any other: the points are printed instead
};

/// Draws, or prints, the last value of each run against an axis of numbers. Returns the program's exit code.
int plot_sensitivity(const SweepPlot& plot);
/// Draws, or prints, performance profiles.
int plot_profiles(const SweepPlot& plot);

}  // namespace descent::program

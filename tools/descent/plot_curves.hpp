#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data_table.hpp"
#include "figure_options.hpp"

namespace descent::program {

/// What is drawn of runs over the steps.
struct CurvePlot {
  std::vector<std::filesystem::path> places;
  std::vector<std::string> metrics;  ///< a panel each
  std::vector<std::string> by;       ///< keys of options that make groups; none: each run is a curve
  bool standard_deviation = false;
  bool log_x = false, log_y = false;
  std::int64_t smooth = 1;  ///< rows
  FigureOptions look;
  std::filesystem::path output;
  Format format = Format::text;  ///< any other: the points are printed instead
};

/// Draws, or prints, metrics over the steps. Returns the program's exit code.
int plot_curves(const CurvePlot& plot);

}  // namespace descent::program

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data_table.hpp"
#include "figure_options.hpp"

namespace descent::program {

/// What is drawn of a run's logged histograms.
struct HistogramPlot {
  std::filesystem::path run;
  std::vector<std::string> names;  ///< of series, or as much of them as tells them from others; a panel each
  FigureOptions look;
  std::filesystem::path output;
  Format format = Format::text;  ///< any other: the bins are printed instead
};

/// Draws, or prints, histograms over the steps. Returns the program's exit code.
int plot_histograms(const HistogramPlot& plot);

}  // namespace descent::program

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gnuplot.hpp"

namespace descent::program {

/// One metric of one run.
struct RunCurve {
  std::filesystem::path run;
  std::vector<std::int64_t> steps;  ///< ascending
  std::vector<double> values;
};

/// What is drawn: a line, and around it a band unless lower and upper are empty.
struct Curve {
  std::string name;  ///< in the legend
  std::vector<std::int64_t> steps;
  std::vector<double> middle, lower, upper;
  std::size_t runs = 1;  ///< that it is the mean of
};

struct Axes {
  std::string label = {};  ///< of the values
  bool log_x = false, log_y = false;
};

enum class Band { extremes, standard_deviation };

Curve single_curve(const RunCurve& run, const std::string& name);

/// Mean and band over the steps at which every run has a finite value; adds to `notes` if it ends before the
/// longest run, and why. Without steps where there are none. The name says what is drawn, and of how many
/// runs.
Curve band_curve(const std::vector<const RunCurve*>& runs, const std::string& name, Band band,
                 std::vector<std::string>& notes);

/// gnuplot's commands. Throws Error when there is nothing to draw on these axes.
std::string plot_commands(const std::vector<Curve>& curves, const Axes& axes, bool with_bands);

}  // namespace descent::program

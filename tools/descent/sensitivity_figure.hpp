#pragma once

#include <string>
#include <vector>

#include "descent/sweep/sensitivity_curve.hpp"
#include "gnuplot.hpp"

namespace descent::program {

/// What a figure of sensitivity shows around its curves.
struct SensitivityFigure {
  std::string title = {};
  std::string subtitle = {};
  std::string x_label = {}, y_label = {};
  bool log_x = false;
  bool log_y = false;           ///< where it is not: if the values are positive and go over two decades
  bool mean = false;            ///< mean and standard deviation; otherwise median and quartiles
  bool lower_is_better = true;  ///< lost settings stand at the other end
  bool lines = true;            ///< settings that were drawn are points of their own
};

/// A line and a band for each optimizer, and crosses where every seed of the best setting went wrong. Throws
/// Error when there is nothing to draw.
Drawing draw_sensitivity(const std::vector<sweep::SensitivityCurve>& curves, const SensitivityFigure& figure,
                         const std::filesystem::path& file);

}  // namespace descent::program

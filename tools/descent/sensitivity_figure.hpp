#pragma once

#include <string>
#include <vector>

#include "descent/sweep/sensitivity_curve.hpp"
#include "figure.hpp"

namespace descent::program {

/// How one metric's sensitivity is drawn.
struct SensitivityPanel {
  std::vector<sweep::SensitivityCurve> curves = {};
  std::string x_label = {}, y_label = {};
  bool log_x = false;
  bool log_y = false;           ///< where it is not: if the values are positive and go over two decades
  bool mean = false;            ///< mean and standard deviation; otherwise median and quartiles
  bool lower_is_better = true;  ///< lost settings stand at the other end
  bool lines = true;            ///< settings that were drawn are points of their own
  Limits x = {}, y = {};
};

/// Panels with a line and a band for each optimizer, and crosses where every seed of the best setting went wrong. Bands
/// become bars where several would lie upon each other. With `picture` as a file has it, otherwise as a terminal. Throws
/// Error when there is nothing to draw.
Figure sensitivity_figure(const std::vector<SensitivityPanel>& panels, bool picture);

}  // namespace descent::program

#pragma once

#include <string>
#include <vector>

#include "curves.hpp"
#include "figure.hpp"

namespace descent::program {

/// The curves of one metric.
struct CurvePanel {
  std::vector<Curve> curves;
  std::string label;  ///< of the values
};

struct CurveAxes {
  bool log_x = false, log_y = false;
  Limits x = {}, y = {};
};

/// A panel for each metric. `names` are the legend's, by Curve::style; bands become bars at some points of their curves
/// where several bands would lie upon each other; `spread` says what they show. With `picture` as a file has it, otherwise as a terminal. Throws Error when
/// there is nothing to draw on these axes.
Figure curve_figure(const std::vector<CurvePanel>& panels, const std::vector<std::string>& names,
                    const CurveAxes& axes, const std::string& spread, bool picture);

/// A band between two curves.
struct BandPoint {
  double x, lower, upper;
};
/// Whether nowhere but on a small part of the axis more than three of the bands lie upon each other. `bands`: ascending in x.
bool can_be_told_apart(const std::vector<std::vector<BandPoint>>& bands, const FigureAxis& x);

}  // namespace descent::program

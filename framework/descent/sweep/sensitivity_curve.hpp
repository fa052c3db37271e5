#pragma once

#include <string>
#include <vector>

#include "descent/sweep/axis_sensitivity.hpp"
#include "descent/sweep/setting_results.hpp"

namespace descent::sweep {

/// How one optimizer did along an axis of numbers, its other axes and those outside of it tuned.
struct SensitivityCurve {
  struct Point {
    double x = 0;
    /// Of the settings with that number the one that ranks first.
    SettingResult setting;
    /// No seed of it has a value that counts, and some went wrong.
    bool is_lost() const { return setting.statistics.count == 0 && setting.went_wrong() > 0; }
  };

  std::string optimizer;
  std::vector<Point> points;  ///< ascending; those that have a value or are lost
};

/// A curve for each optimizer that has the number, the one with the best setting first.
DESCENT_API std::vector<SensitivityCurve> sensitivity_curves(const std::vector<SettingResult>& settings,
                                                             const NumericAxis& axis,
                                                             const std::string& direction);

}  // namespace descent::sweep

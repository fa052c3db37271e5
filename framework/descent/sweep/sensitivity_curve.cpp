#include "descent/sweep/sensitivity_curve.hpp"

#include <algorithm>
#include <map>

namespace descent::sweep {

namespace {

const SettingResult* first_of(const SensitivityCurve& curve, const std::string& direction) {
  const SettingResult* first = nullptr;
  for (const SensitivityCurve::Point& point : curve.points)
    if (first == nullptr || ranks_before(point.setting, *first, direction)) first = &point.setting;
  return first;
}

}  // namespace

std::vector<SensitivityCurve> sensitivity_curves(const std::vector<SettingResult>& settings,
                                                 const NumericAxis& axis, const std::string& direction) {
  std::map<std::string, std::map<double, const SettingResult*>> best;
  for (const SettingResult& setting : settings) {
    const std::optional<double> x = axis.of(setting.settings);
    if (!x) continue;
    const SettingResult*& known = best[setting.optimizer][*x];
    if (known == nullptr || ranks_before(setting, *known, direction)) known = &setting;
  }
  std::vector<SensitivityCurve> curves;
  for (const auto& [optimizer, points] : best) {
    SensitivityCurve curve{optimizer, {}};
    for (const auto& [x, setting] : points) {
      SensitivityCurve::Point point{x, *setting};
      if (setting->statistics.count > 0 || point.is_lost()) curve.points.push_back(std::move(point));
    }
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  std::stable_sort(curves.begin(), curves.end(),
                   [&](const SensitivityCurve& left, const SensitivityCurve& right) {
                     return ranks_before(*first_of(left, direction), *first_of(right, direction), direction);
                   });
  return curves;
}

}  // namespace descent::sweep

#include "figure_points.hpp"

namespace descent::program {

DataTable points_of(const std::vector<Curve>& curves) {
  DataTable table;
  table.columns = {{"curve"}, {"runs"}, {"step"}, {"value"}, {"lower"}, {"upper"}};
  for (const Curve& curve : curves) {
    const bool has_band = !curve.lower.empty();
    for (std::size_t i = 0; i < curve.steps.size(); ++i)
      table.add({Value::of(curve.name), Value::of(static_cast<std::int64_t>(curve.runs)),
                 Value::of(curve.steps[i]), Value::of(curve.middle[i]),
                 has_band ? Value::of(curve.lower[i]) : Value(),
                 has_band ? Value::of(curve.upper[i]) : Value()});
  }
  return table;
}

DataTable points_of(const std::vector<sweep::SensitivityCurve>& curves, const std::string& axis, bool mean) {
  DataTable table;
  table.columns = {{"optimizer"}, {"axis"}, {"x", "", true}};
  const std::vector<DataTable::Column> middle =
      mean ? std::vector<DataTable::Column>{{"mean", "", true}, {"standard_deviation", "", true}}
           : std::vector<DataTable::Column>{
                 {"median", "", true}, {"lower_quartile", "", true}, {"upper_quartile", "", true}};
  table.columns.insert(table.columns.end(), middle.begin(), middle.end());
  table.columns.insert(table.columns.end(), {{"n", "", true}, {"went_wrong", "", true}, {"setting"}});
  for (const sweep::SensitivityCurve& curve : curves)
    for (const sweep::SensitivityCurve::Point& point : curve.points) {
      const analysis::Statistics& found = point.setting.statistics;
      const auto cell = [&](double number) { return found.count > 0 ? Value::of(number) : Value(); };
      std::vector<Value> row = {Value::of(curve.optimizer), Value::of(axis), Value::of(point.x)};
      if (mean)
        row.insert(row.end(), {cell(found.mean),
                               found.standard_deviation ? Value::of(*found.standard_deviation) : Value()});
      else
        row.insert(row.end(), {cell(found.median), cell(found.lower_quartile), cell(found.upper_quartile)});
      row.insert(row.end(), {Value::of(static_cast<std::int64_t>(found.count)),
                             Value::of(static_cast<std::int64_t>(point.setting.went_wrong())),
                             Value::of(point.setting.folder)});
      table.add(std::move(row));
    }
  return table;
}

DataTable points_of(const sweep::PerformanceProfiles& profiles, sweep::Effort effort) {
  DataTable table;
  table.columns = {{"optimizer"},          {"effort"},         {"factor", "", true}, {"share", "", true},
                   {"problems", "", true}, {"score", "", true}};
  for (const sweep::PerformanceProfile& profile : profiles.profiles) {
    const auto add = [&](double factor) {
      table.add({Value::of(profile.optimizer), Value::of(text(effort)), Value::of(factor),
                 Value::of(profile.within(factor, profiles.diagnostics)),
                 Value::of(static_cast<std::int64_t>(profiles.diagnostics)),
                 Value::of(profile.score(profiles.diagnostics))});
    };
    add(1);
    double last = 1;
    for (const double ratio : profile.ratios)
      if (ratio > last) add(last = ratio);
  }
  return table;
}

}  // namespace descent::program

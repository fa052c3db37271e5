#include "figure_points.hpp"

#include <cmath>

#include "descent/analysis/statistics.hpp"
#include "sparkline.hpp"
#include "terminal.hpp"

namespace descent::program {

DataTable points_of(const std::vector<std::string>& metrics, const std::vector<std::vector<Curve>>& panels) {
  DataTable table;
  if (metrics.size() > 1) table.columns = {{"metric"}};
  for (const char* name : {"curve", "runs", "step", "value", "lower", "upper"})
    table.columns.push_back({name});
  for (std::size_t panel = 0; panel < panels.size(); ++panel)
    for (const Curve& curve : panels[panel]) {
      const bool has_band = !curve.lower.empty();
      for (std::size_t i = 0; i < curve.steps.size(); ++i) {
        std::vector<Value> row;
        if (metrics.size() > 1) row.push_back(Value::of(metrics[panel]));
        row.insert(row.end(), {Value::of(curve.name), Value::of(static_cast<std::int64_t>(curve.runs)),
                               Value::of(curve.steps[i]), Value::of(curve.middle[i]),
                               has_band ? Value::of(curve.lower[i]) : Value(),
                               has_band ? Value::of(curve.upper[i]) : Value()});
        table.add(std::move(row));
      }
    }
  return table;
}

DataTable summary_of(const std::vector<std::string>& metrics, const std::vector<std::vector<Curve>>& panels) {
  constexpr std::size_t course_width = 20;
  const bool unicode = terminal_of(stdout).unicode;
  DataTable table;
  if (metrics.size() > 1) table.columns = {{"metric"}};
  table.columns.insert(table.columns.end(), {{"curve", "", false, DataTable::For::all, true},
                                             {"runs", "", true},
                                             {"step", "", true},
                                             {"last", "", true},
                                             {"least", "", true},
                                             {"greatest", "", true},
                                             {"course"}});
  for (std::size_t panel = 0; panel < panels.size(); ++panel)
    for (const Curve& curve : panels[panel]) {
      std::vector<Value> row;
      if (metrics.size() > 1) row.push_back(Value::of(metrics[panel]));
      std::vector<double> finite;
      for (const double value : curve.middle)
        if (std::isfinite(value)) finite.push_back(value);
      const auto number = [&](double value) { return finite.empty() ? Value() : Value::of(value); };
      const analysis::Statistics found = analysis::statistics_of(finite);
      row.insert(row.end(),
                 {Value::of(curve.name), Value::of(static_cast<std::int64_t>(curve.runs)),
                  curve.steps.empty() ? Value() : Value::of(curve.steps.back()),
                  number(finite.empty() ? 0 : finite.back()), number(found.minimum), number(found.maximum),
                  Value::of(sparkline(curve.middle, course_width, unicode))});
      table.add(std::move(row));
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

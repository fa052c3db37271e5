#include "sweep_tables.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/sweep/axis_sensitivity.hpp"

namespace descent::program {
namespace {

using For = DataTable::For;

bool is_constant(const sweep::SweepOption& option) {
  return std::all_of(option.values.begin(), option.values.end(),
                     [&](const Value& value) { return value == option.values.front(); });
}

std::vector<DataTable::Column> metric_columns(std::size_t reports) {
  const For shown = reports > 1 ? For::all : For::programs;
  return {{"metric", "", false, shown}, {"direction", "better", false, shown}, {"unit", "", false, shown}};
}

std::vector<Value> metric_cells(const sweep::RunValues& values) {
  return {Value::of(values.name), Value::of(values.direction), Value::of(values.unit)};
}

Value number_or_nothing(const std::optional<double>& number) {
  return number ? Value::of(*number) : Value();
}

}  // namespace

std::string value_name(const sweep::RunValues& values) {
  // What it took to reach a target says its unit; the names of metrics have no spaces.
  const bool says_unit = values.unit.empty() || values.name.find(' ') != std::string::npos;
  return fmt::format("{}{}{}", values.name, says_unit ? "" : " in " + values.unit,
                     values.direction.empty() ? "" : fmt::format(" ({} is better)", values.direction));
}

bool has_optimizers(const sweep::FrozenSweep& sweep) {
  std::set<std::string> optimizers;
  for (const sweep::FrozenRun& run : sweep.runs) optimizers.insert(sweep::optimizer_of(run.settings));
  return optimizers.size() > 1;
}

SweepTables::SweepTables(const sweep::FrozenSweep& sweep, const sweep::SweepResults& results,
                         const std::vector<sweep::SweepReport>& reports, const std::string& plus_minus)
    : sweep_(sweep), results_(results), reports_(reports), columns_{plus_minus} {
  ShownOptions shown;
  shown.texts.resize(sweep.runs.size());
  for (sweep::SweepOption& option : options_of(sweep)) {
    if (is_constant(option)) continue;
    shown.paths.push_back(option.path);
    for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
      const Value& value = option.values[run];
      shown.texts[run].push_back(value.is(Value::Kind::null) ? "" : analysis::option_text(value));
    }
    options_.push_back(std::move(option));
  }
  shown_ = joined_chains(shown);
  headings_ = headings_of(shown_.paths);
  if (sweep.spec.protocol != sweep::Protocol::time_to_target || reports.front().values.unit != "steps")
    return;
  columns_.not_finite = "never reached";
  seconds_ = sweep::efforts_to_target(sweep, results, sweep::Effort::seconds);
}

DataTable SweepTables::empty_table() const {
  DataTable table;
  table.columns = metric_columns(reports_.size());
  table.columns.push_back({"best", "", false, For::programs});
  table.columns.push_back({"best_mark", "best", false, For::people});
  table.columns.push_back({"optimizer", "", false, For::programs});
  for (const sweep::SweepOption& option : options_)
    if (option.path != "optimizer")  // chosen by bare names: the same
      table.columns.push_back({option.path, "", false, For::programs});
  for (std::size_t i = 0; i < headings_.size(); ++i)
    table.columns.push_back({shown_.paths[i], headings_[i], false, For::people, true});
  columns_.declare(table);
  table.columns.push_back({"folder", "", false, For::programs});
  if (!seconds_) return table;
  table.columns.push_back({"training_seconds_mean", "", true, For::programs});
  table.columns.push_back({"training_seconds_median", "", true, For::programs});
  table.columns.push_back({"training_seconds", "training s [quartiles]", true, For::people});
  return table;
}

void SweepTables::add_setting(DataTable& table, const sweep::RunValues& values,
                              const sweep::SettingResult& setting, bool marked) const {
  std::vector<Value> row = metric_cells(values);
  row.push_back(Value::of(setting.is_best));
  row.push_back(Value::of(marked ? "*" : ""));
  row.push_back(Value::of(setting.optimizer));
  for (const sweep::SweepOption& option : options_)
    if (option.path != "optimizer") row.push_back(option.values[setting.runs.front()]);
  for (const std::string& text : shown_.texts[setting.runs.front()]) row.push_back(Value::of(text));
  columns_.add(row, {setting.statistics, setting.seeds, setting.runs.size(), setting.diverged, setting.failed,
                     setting.unfinished, setting.without_value, setting.older_builds});
  row.push_back(Value::of(setting.folder));
  if (seconds_) {
    const analysis::Statistics seconds =
        sweep::results_of_settings(sweep_, results_, *seconds_, setting.runs).front().statistics;
    const bool any = seconds.count > 0;
    row.push_back(any ? Value::of(seconds.mean) : Value());
    row.push_back(any ? Value::of(seconds.median) : Value());
    row.push_back(Value::of(median_text(seconds)));
  }
  table.add(std::move(row));
}

DataTable SweepTables::settings(std::size_t top) const {
  DataTable table = empty_table();
  for (const sweep::SweepReport& report : reports_) {
    const std::size_t shown = top == 0 ? report.settings.size() : std::min(top, report.settings.size());
    for (std::size_t i = 0; i < shown; ++i)
      add_setting(table, report.values, report.settings[i], report.settings[i].is_best);
  }
  return table;
}

DataTable SweepTables::best() const {
  DataTable table = empty_table();
  for (const sweep::SweepReport& report : reports_)
    for (const sweep::SettingResult& setting : report.best)
      add_setting(table, report.values, setting, report.best.size() > 1 && &setting == report.best.data());
  return table;
}

std::string SweepTables::best_words() const {
  const std::string what = has_optimizers(sweep_) ? "The best setting of each optimizer" : "The best setting";
  if (sweep_.spec.protocol != sweep::Protocol::deepobs) return what + "\n\n";
  std::vector<std::int64_t> tuning = sweep_.spec.seeds, final = sweep_.spec.final_seeds, both;
  std::sort(tuning.begin(), tuning.end());
  std::sort(final.begin(), final.end());
  std::set_intersection(tuning.begin(), tuning.end(), final.begin(), final.end(), std::back_inserter(both));
  return fmt::format("{} by the tuning's seeds ({}), over the final seeds alone ({}){}\n\n", what,
                     ranges_text(tuning), ranges_text(final),
                     both.empty() ? "" : fmt::format("; {} of both", ranges_text(both)));
}

DataTable SweepTables::sensitivity() const {
  DataTable table;
  table.columns = metric_columns(reports_.size());
  const std::vector<DataTable::Column> columns = {{"axis"},
                                                  {"within", "of"},
                                                  {"values", "", true},
                                                  {"best_value", "best at"},
                                                  {"best_attainable", "attainable there", true},
                                                  {"worst_attainable", "at the worst value", true},
                                                  {"range", "sensitivity", true},
                                                  {"importance", "importance", true},
                                                  {"without_value", "values without one", true}};
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  for (const sweep::SweepReport& report : reports_) {
    const std::string& direction = report.values.direction;
    for (const sweep::AxisSensitivity& axis : sweep::sensitivities(sweep_, report.settings, direction)) {
      const sweep::AxisPart* best = axis.best(direction);
      const std::optional<double> range = axis.range();
      std::optional<double> worst;
      if (best != nullptr && range)
        worst = direction == "higher" ? *best->attainable - *range : *best->attainable + *range;
      std::vector<Value> row = metric_cells(report.values);
      const std::size_t wrong = axis.without_value();
      const std::vector<Value> cells = {Value::of(axis.axis),
                                        Value::of(axis.within),
                                        Value::of(static_cast<std::int64_t>(axis.parts.size())),
                                        Value::of(best == nullptr ? "" : best->text),
                                        best == nullptr ? Value() : number_or_nothing(best->attainable),
                                        number_or_nothing(worst),
                                        number_or_nothing(range),
                                        number_or_nothing(axis.importance),
                                        wrong == 0 ? Value() : Value::of(static_cast<std::int64_t>(wrong))};
      row.insert(row.end(), cells.begin(), cells.end());
      table.add(std::move(row));
    }
  }
  return table;
}

std::string SweepTables::sensitivity_words() {
  return "Sensitivity to each axis with all others tuned: for each of its values the best mean of a setting "
         "of "
         "which no\nrun went wrong, and how far these are apart; importance: the share of the variance of "
         "settings' ranks\nthat goes with the axis alone\n\n";
}

DataTable SweepTables::profile() const {
  DataTable table;
  table.columns = {{"effort", "counted in"},        {"optimizer"},
                   {"problems", "", true},          {"solved", "", true},
                   {"fastest", "", true},           {"within_2", "within 2x", true},
                   {"within_4", "within 4x", true}, {"score", "", true}};
  for (const sweep::Effort effort : {sweep::Effort::seconds, sweep::Effort::steps}) {
    const sweep::PerformanceProfiles all = sweep::performance_profiles(sweep_, results_, effort);
    for (const sweep::PerformanceProfile& profile : all.profiles) {
      const auto share = [&](double factor) { return Value::of(profile.within(factor, all.diagnostics)); };
      table.add({Value::of(effort == sweep::Effort::seconds ? "training seconds" : "steps"),
                 Value::of(profile.optimizer), Value::of(static_cast<std::int64_t>(all.diagnostics)),
                 Value::of(static_cast<std::int64_t>(profile.ratios.size())), share(1), share(2), share(4),
                 Value::of(profile.score(all.diagnostics))});
    }
  }
  return table;
}

std::string SweepTables::profile_words() {
  return "Performance profiles: the share of problems that each optimizer solved in at most so many times "
         "the "
         "fastest's\ntime; the score is the mean over the factors from 1 to 4\n\n";
}

}  // namespace descent::program

#include "plot_sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "figure_points.hpp"
#include "metric_text.hpp"
#include "output.hpp"
#include "profile_figure.hpp"
#include "sensitivity_figure.hpp"
#include "statistics_columns.hpp"

namespace descent::program {
namespace {

constexpr const char* usual_axis = "learning_rate";

sweep::NumericAxis axis_of(const sweep::FrozenSweep& sweep, const SweepPlot& plot) {
  if (!plot.x.empty()) return sweep::numeric_axis(sweep.spec, plot.x);
  try {
    return sweep::numeric_axis(sweep.spec, usual_axis);
  } catch (const Error& none) {
    throw Error(fmt::format("{}; --x KEY says which is drawn", none.what()));
  }
}

sweep::RunValues values_to_draw(const sweep::FrozenSweep& sweep, const sweep::SweepResults& results,
                                const SweepPlot& plot, std::size_t metric) {
  if (plot.metrics.empty() && sweep.spec.protocol == sweep::Protocol::time_to_target)
    return sweep::efforts_to_target(sweep, results, sweep::Effort::steps);
  sweep::RunValues values = values_of(results, metric, false, false);
  if (values.direction.empty())
    throw Error(fmt::format(
        "the metric '{}' has no direction, so that no setting of the other axes is the best", values.name));
  return values;
}

sweep::SweepResults results_to_draw(const sweep::FrozenSweep& sweep, const SweepPlot& plot) {
  std::vector<std::string> metrics = plot.metrics;
  if (metrics.empty() && !sweep.spec.objective.empty()) metrics.push_back(sweep.spec.objective);
  if (metrics.empty())
    throw Error(fmt::format("the sweep '{}' has no objective: say with --metric what is drawn",
                            sweep.directory.string()));
  return sweep::read_results(sweep, {metrics, false});
}

/// What is drawn of one metric.
struct Sensitivity {
  sweep::SweepReport report;
  std::vector<sweep::SensitivityCurve> curves;
};

// The most seeds that a point stands for.
std::size_t most_seeds(const std::vector<Sensitivity>& all) {
  std::size_t most = 0;
  for (const Sensitivity& one : all)
    for (const sweep::SensitivityCurve& curve : one.curves)
      for (const auto& point : curve.points) most = std::max(most, point.setting.statistics.count);
  return most;
}

bool tunes_other_axes(const std::vector<sweep::SettingResult>& settings,
                      const std::vector<sweep::SensitivityCurve>& curves, const sweep::NumericAxis& axis) {
  std::size_t drawn = 0, there = 0;
  for (const sweep::SensitivityCurve& curve : curves) drawn += curve.points.size();
  for (const sweep::SettingResult& setting : settings)
    there += axis.of(setting.settings) && (setting.statistics.count > 0 || setting.went_wrong() > 0) ? 1 : 0;
  return drawn < there;
}

// `spread`: whether a figure shows it as bands or as bars.
std::string subtitle_of(const sweep::FrozenSweep& sweep, const std::vector<Sensitivity>& all, bool mean,
                        bool tuned, const std::string& spread) {
  const std::size_t seeds = most_seeds(all);
  std::string text =
      seeds <= 1
          ? "one seed: no spread"
          : fmt::format("{} over {} {}seeds{}", mean ? "mean ± standard deviation" : "median and quartiles",
                        seeds, sweep.spec.protocol == sweep::Protocol::deepobs ? "tuning " : "",
                        spread.empty() ? "" : " (" + spread + ")");
  if (tuned) text += "; the other axes at their best";
  return text;
}

void note_older_builds(const sweep::SweepResults& results) {
  if (!results.older_builds.empty()) print(stderr, "note: {}\n", results.older_builds);
}

// Optimizers of the sweep that have no curve.
void note_what_is_left_out(const sweep::FrozenSweep& sweep, const sweep::SweepResults& results,
                           const std::vector<sweep::SensitivityCurve>& curves,
                           const sweep::NumericAxis& axis) {
  std::set<std::string> without;
  for (const sweep::FrozenRun& run : sweep.runs)
    if (!axis.of(run.settings)) without.insert(sweep::optimizer_of(run.settings));
  for (const sweep::SensitivityCurve& curve : curves) without.erase(curve.optimizer);
  for (const std::string& optimizer : without)
    print(stderr, "note: {} is not drawn: it has no {}\n", optimizer.empty() ? "a setting" : optimizer,
          axis.key);
  const auto unfinished =
      std::count_if(results.runs.begin(), results.runs.end(), [](const sweep::RunOutcome& run) {
        return !run.summary.is_done() && !run.summary.went_wrong() &&
               run.summary.status != runlog::RunStatus::skipped;
      });
  if (unfinished > 0)
    print(stderr, "note: {} of {} {} not ended, and {} left out\n", unfinished,
          counted(std::ssize(results.runs), "run"), results.runs.size() == 1 ? "has" : "have",
          results.runs.size() == 1 ? "is" : "are");
  note_older_builds(results);
  for (const std::string& problem : results.diagnostics) print(stderr, "damaged: {}\n", problem);
}

Figure figure_of(const sweep::FrozenSweep& sweep, const std::vector<Sensitivity>& all, const SweepPlot& plot,
                 const sweep::NumericAxis& axis) {
  std::vector<SensitivityPanel> panels;
  bool tuned = false;
  for (const Sensitivity& one : all) {
    const sweep::RunValues& values = one.report.values;
    SensitivityPanel panel;
    panel.curves = one.curves;
    panel.x_label = words_of(axis.key.substr(axis.key.rfind('.') + 1));
    panel.y_label = metric_axis_text(values.name, values.unit, values.direction);
    panel.log_x = plot.log_x || axis.logarithmic;
    panel.log_y = plot.log_y;
    panel.mean = plot.mean;
    panel.lower_is_better = values.direction != "higher";
    panel.lines = sweep.spec.method == sweep::SweepSpec::Method::grid;
    panel.x = limits_of(plot.look.x_limits, "--xlim");
    panel.y = limits_of(plot.look.y_limits, "--ylim");
    tuned = tuned || tunes_other_axes(one.report.settings, one.curves, axis);
    panels.push_back(std::move(panel));
  }
  const bool picture = !plot.output.empty();
  Figure figure = sensitivity_figure(panels, picture);
  if (picture) figure.title = fmt::format("{}: sensitivity to {}", sweep.name, panels.front().x_label);
  figure.subtitle = subtitle_of(sweep, all, plot.mean, tuned, picture ? figure.subtitle : "");
  apply(plot.look, figure);
  return figure;
}

DataTable points_of_all(const std::vector<Sensitivity>& all, const sweep::NumericAxis& axis, bool mean) {
  DataTable table = points_of(all.front().curves, axis.key, mean);
  if (all.size() == 1) return table;
  DataTable several;
  several.columns = table.columns;
  several.columns.insert(several.columns.begin(), {"metric"});
  for (const Sensitivity& one : all)
    for (std::vector<Value>& row : points_of(one.curves, axis.key, mean).rows) {
      row.insert(row.begin(), Value::of(one.report.values.name));
      several.add(std::move(row));
    }
  return several;
}

void report(const SweepPlot& plot, const std::vector<Sensitivity>& all, const sweep::NumericAxis& axis,
            const Figure& figure) {
  std::vector<std::string> names;
  for (const Sensitivity& one : all) names.push_back(one.report.values.name);
  print("{}: {} against {}, {}; {}\n", plot.output.string(), join(names, " and "), axis.key,
        counted_text(figure.curves.size(), "curve"), figure.subtitle);
}

}  // namespace

int plot_sensitivity(const SweepPlot& plot) {
  const sweep::FrozenSweep sweep = sweep::sweep_at(plot.sweep);
  const sweep::NumericAxis axis = axis_of(sweep, plot);
  const sweep::SweepResults results = results_to_draw(sweep, plot);
  std::vector<Sensitivity> all;
  for (std::size_t i = 0; i < std::max<std::size_t>(plot.metrics.size(), 1); ++i) {
    all.push_back({sweep::report_of(sweep, results, values_to_draw(sweep, results, plot, i)), {}});
    all.back().curves =
        sweep::sensitivity_curves(all.back().report.settings, axis, all.back().report.values.direction);
  }
  if (plot.format != Format::text) {
    print(points_of_all(all, axis, plot.mean), plot.format);
  } else {
    const Figure figure = figure_of(sweep, all, plot, axis);
    if (!plot.output.empty()) {
      draw(picture_of(figure, plot.look, plot.output));
      report(plot, all, axis, figure);
    } else if (figure.curves.size() > most_terminal_curves) {
      print("{} are too many for a picture of characters; -o FILE draws them\n\n",
            counted_text(figure.curves.size(), "curve"));
      print(points_of_all(all, axis, plot.mean), Format::text);
    } else {
      print_figure(figure);
    }
  }
  note_what_is_left_out(sweep, results, all.front().curves, axis);
  return results.diagnostics.empty() ? exit_done : exit_failed;
}

int plot_profiles(const SweepPlot& plot) {
  const sweep::FrozenSweep sweep = sweep::sweep_at(plot.sweep);
  const sweep::SweepResults results = results_to_draw(sweep, plot);
  const sweep::Effort effort = plot.steps ? sweep::Effort::steps : sweep::Effort::seconds;
  const sweep::PerformanceProfiles profiles = sweep::performance_profiles(sweep, results, effort);
  if (profiles.diagnostics == 0)
    throw Error(fmt::format("there is no problem that all optimizers of the sweep '{}' have ended",
                            sweep.directory.string()));
  const bool picture = !plot.output.empty();
  if (plot.format != Format::text) {
    print(points_of(profiles, effort), plot.format);
  } else if (!picture && profiles.profiles.size() > most_terminal_curves) {
    print(points_of(profiles, effort), Format::text);
  } else {
    Figure figure = profile_figure(profiles, effort, sweep.name, limits_of(plot.look.x_limits, "--xlim"),
                                   limits_of(plot.look.y_limits, "--ylim"), picture);
    apply(plot.look, figure);
    if (picture)
      draw(picture_of(figure, plot.look, plot.output));
    else
      print_figure(figure);
  }
  if (picture)
    print("{}: {} of {} on {}\n", plot.output.string(), counted_text(profiles.profiles.size(), "profile"),
          sweep.name, counted_text(profiles.diagnostics, "problem"));
  if (profiles.unfinished > 0)
    print(stderr, "note: {} left out, where some optimizer has not ended\n",
          counted_text(profiles.unfinished, "problem"));
  note_older_builds(results);
  for (const std::string& problem : results.diagnostics) print(stderr, "damaged: {}\n", problem);
  return results.diagnostics.empty() ? exit_done : exit_failed;
}

}  // namespace descent::program

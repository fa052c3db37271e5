#include "plot_sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "figure_points.hpp"
#include "output.hpp"
#include "profile_figure.hpp"
#include "sensitivity_figure.hpp"
#include "sweep_tables.hpp"

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
                                const SweepPlot& plot) {
  if (plot.metric.empty() && sweep.spec.protocol == sweep::Protocol::time_to_target)
    return sweep::efforts_to_target(sweep, results, sweep::Effort::steps);
  sweep::RunValues values = values_of(results, 0, false, false);
  if (values.direction.empty())
    throw Error(fmt::format(
        "the metric '{}' has no direction, so that no setting of the other axes is the best", values.name));
  return values;
}

sweep::SweepResults results_to_draw(const sweep::FrozenSweep& sweep, const SweepPlot& plot) {
  const std::string metric = plot.metric.empty() ? sweep.spec.objective : plot.metric;
  if (metric.empty())
    throw Error(fmt::format("the sweep '{}' has no objective: say with --metric what is drawn",
                            sweep.directory.string()));
  return sweep::read_results(sweep, {{metric}, false});
}

// The most seeds that a point stands for.
std::size_t most_seeds(const std::vector<sweep::SensitivityCurve>& curves) {
  std::size_t most = 0;
  for (const sweep::SensitivityCurve& curve : curves)
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

std::string subtitle_of(const sweep::FrozenSweep& sweep, const std::vector<sweep::SensitivityCurve>& curves,
                        bool mean, bool tuned) {
  const std::size_t seeds = most_seeds(curves);
  std::string text =
      seeds == 1
          ? "one seed: no spread"
          : fmt::format("{} over {} {}seeds", mean ? "mean ± standard deviation" : "median and quartiles",
                        seeds, sweep.spec.protocol == sweep::Protocol::deepobs ? "tuning " : "");
  if (tuned) text += "; the other axes at their best";
  return text;
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
    print(stderr, "note: {} of {} runs have not ended, and are left out\n", unfinished, results.runs.size());
  for (const std::string& problem : results.diagnostics) print(stderr, "damaged: {}\n", problem);
}

}  // namespace

int plot_sensitivity(const SweepPlot& plot) {
  const sweep::FrozenSweep sweep = sweep::sweep_at(plot.sweep);
  const sweep::NumericAxis axis = axis_of(sweep, plot);
  const sweep::SweepResults results = results_to_draw(sweep, plot);
  const sweep::SweepReport report = sweep::report_of(sweep, results, values_to_draw(sweep, results, plot));
  const std::string& direction = report.values.direction;
  const std::vector<sweep::SensitivityCurve> curves =
      sweep::sensitivity_curves(report.settings, axis, direction);
  if (plot.format != Format::text) {
    print(points_of(curves, axis.key, plot.mean), plot.format);
    note_what_is_left_out(sweep, results, curves, axis);
    return results.diagnostics.empty() ? exit_done : exit_failed;
  }
  SensitivityFigure figure;
  figure.title = fmt::format("{}: sensitivity to {}", sweep.name, axis.key);
  figure.subtitle = subtitle_of(sweep, curves, plot.mean, tunes_other_axes(report.settings, curves, axis));
  figure.x_label = axis.key;
  figure.y_label = value_name(report.values);
  figure.log_x = plot.log_x || axis.logarithmic;
  figure.log_y = plot.log_y;
  figure.mean = plot.mean;
  figure.lower_is_better = direction != "higher";
  figure.lines = sweep.spec.method == sweep::SweepSpec::Method::grid;
  draw(draw_sensitivity(curves, figure, plot.output));
  if (plot.output.empty())
    print("{}\n", figure.subtitle);
  else
    print("{}: {} against {}, {}; {}\n", plot.output.string(), report.values.name, axis.key,
          counted_text(curves.size(), "curve"), figure.subtitle);
  note_what_is_left_out(sweep, results, curves, axis);
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
  if (plot.format != Format::text)
    print(points_of(profiles, effort), plot.format);
  else
    draw(draw_profiles(profiles, effort, sweep.name, plot.output));
  if (!plot.output.empty())
    print("{}: {} of {} on {}\n", plot.output.string(), counted_text(profiles.profiles.size(), "profile"),
          sweep.name, counted_text(profiles.diagnostics, "problem"));
  if (profiles.unfinished > 0)
    print(stderr, "note: {} left out, where some optimizer has not ended\n",
          counted_text(profiles.unfinished, "problem"));
  for (const std::string& problem : results.diagnostics) print(stderr, "damaged: {}\n", problem);
  return results.diagnostics.empty() ? exit_done : exit_failed;
}

}  // namespace descent::program

#include "plot_curves.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "command.hpp"
#include "curve_figure.hpp"
#include "curve_labels.hpp"
#include "descent/analysis/comparison.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "figure_points.hpp"
#include "metric_text.hpp"
#include "output.hpp"
#include "read_curves.hpp"
#include "statistics_columns.hpp"
#include "sweep_members.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

/// The curves of all panels under common names.
struct NamedCurves {
  std::vector<std::string> names;  ///< by Curve::style
  std::vector<std::vector<Curve>> panels;
};

std::vector<fs::path> all_runs(const std::vector<ReadRuns>& reads) {
  std::vector<fs::path> runs;
  for (const ReadRuns& read : reads)
    for (const RunCurve& curve : read.curves)
      if (std::find(runs.begin(), runs.end(), curve.run) == runs.end()) runs.push_back(curve.run);
  return runs;
}

// The runs' paths below the folder that all are in.
std::vector<std::string> folders_of(const std::vector<fs::path>& runs) {
  fs::path common = runs.front().parent_path();
  const auto is_below = [&](const fs::path& run) {
    const fs::path relative = run.lexically_relative(common);
    return !relative.empty() && *relative.begin() != "..";
  };
  while (!common.empty() && !std::all_of(runs.begin(), runs.end(), is_below)) common = common.parent_path();
  std::vector<std::string> folders;
  for (const fs::path& run : runs)
    folders.push_back((runs.size() == 1 || common.empty() ? run : run.lexically_relative(common)).string());
  return folders;
}

// What differs between the runs' experiments; where that says nothing, their folders.
std::vector<std::string> names_of_runs(const std::vector<fs::path>& runs) {
  const std::vector<std::string> folders = folders_of(runs);
  std::vector<analysis::FrozenExperiment> experiments;
  analysis::ExperimentReader reader;
  try {
    for (const fs::path& run : runs) experiments.push_back(reader.read(run));
  } catch (const Error&) {
    return folders;  // of a run whose experiment is damaged the log may still be whole
  }
  ShownOptions options;
  for (const std::string& path : analysis::differing_options(experiments))
    if (path != "trainer.prefetch" && !analysis::lies_below(path, "log") &&
        !analysis::lies_below(path, "checkpoint") && !analysis::lies_below(path, "plugins"))
      options.paths.push_back(path);
  for (const analysis::FrozenExperiment& experiment : experiments) {
    options.texts.emplace_back();
    for (const std::string& path : options.paths) options.texts.back().push_back(experiment.text(path));
  }
  std::vector<std::string> names = labels_of(options);
  const std::vector<std::string> found = names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty())
      names[i] = folders[i];
    else if (std::count(found.begin(), found.end(), names[i]) > 1)
      names[i] += " (" + folders[i] + ")";
  }
  return names;
}

NamedCurves curves_of_runs(const std::vector<ReadRuns>& reads) {
  const std::vector<fs::path> runs = all_runs(reads);
  NamedCurves found{names_of_runs(runs), {}};
  for (const ReadRuns& read : reads) {
    found.panels.emplace_back();
    for (const RunCurve& run : read.curves) {
      const auto style =
          static_cast<std::size_t>(std::find(runs.begin(), runs.end(), run.run) - runs.begin());
      found.panels.back().push_back(single_curve(run, found.names[style]));
      found.panels.back().back().style = style;
    }
  }
  return found;
}

std::vector<std::string> names_of_groups(const analysis::Comparison& comparison) {
  ShownOptions options;
  options.paths = comparison.options;
  for (const analysis::RunGroup& group : comparison.groups) options.texts.push_back(group.option_texts);
  std::vector<std::string> names = labels_of(options);
  // One group alone: what it was asked to be named by.
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t k = 0; names.size() == 1 && k < options.paths.size(); ++k)
      names[i] +=
          fmt::format("{}{} {}", k == 0 ? "" : ", ", words_of(short_path(options.paths[k], options.paths)),
                      without_plugin_paths(options.texts[i][k]));
  for (std::string& name : names)
    if (name.empty()) name = "none";
  return names;
}

// Groups of different sizes say theirs.
void name_sizes(const analysis::Comparison& comparison, std::vector<std::string>& names) {
  std::set<std::size_t> sizes;
  for (const analysis::RunGroup& group : comparison.groups) sizes.insert(group.runs.size());
  if (sizes.size() < 2) return;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] += fmt::format(" ({})", counted_text(comparison.groups[i].runs.size(), "run"));
}

NamedCurves curves_of_groups(const std::vector<ReadRuns>& reads, const CurvePlot& plot) {
  std::vector<std::string> metrics;
  for (const ReadRuns& read : reads) metrics.push_back(read.metric.name());
  const analysis::Comparison comparison =
      analysis::compare_runs(all_runs(reads), {metrics, plot.by, false, true});
  NamedCurves found{names_of_groups(comparison), {}};
  const Band band = plot.standard_deviation ? Band::standard_deviation : Band::extremes;
  std::set<std::string> notes;
  for (const ReadRuns& read : reads) {
    found.panels.emplace_back();
    for (std::size_t group = 0; group < comparison.groups.size(); ++group) {
      std::vector<const RunCurve*> members;
      const std::vector<fs::path>& runs = comparison.groups[group].runs;
      for (const RunCurve& curve : read.curves)
        if (std::find(runs.begin(), runs.end(), curve.run) != runs.end()) members.push_back(&curve);
      if (members.empty()) continue;
      std::vector<std::string> said;
      Curve curve = band_curve(members, found.names[group], band, said);
      notes.insert(said.begin(), said.end());
      curve.style = group;
      if (!curve.steps.empty()) found.panels.back().push_back(std::move(curve));
    }
    for (const std::string& text : notes) print(stderr, "note: {}\n", text);
    notes.clear();
    if (found.panels.back().empty())
      throw Error(
          "the runs of no group have a step in common: there is no mean to draw; without --by each run "
          "is a line of its own");
  }
  name_sizes(comparison, found.names);
  return found;
}

// Curves that no panel has take no color and no line of the legend.
void leave_out_unused(NamedCurves& named) {
  std::set<std::size_t> used;
  for (const auto& panel : named.panels)
    for (const Curve& curve : panel) used.insert(curve.style);
  std::vector<std::string> names;
  std::map<std::size_t, std::size_t> moved;
  for (const std::size_t style : used) {
    moved[style] = names.size();
    names.push_back(named.names[style]);
  }
  for (auto& panel : named.panels)
    for (Curve& curve : panel) curve.style = moved[curve.style], curve.name = names[curve.style];
  named.names = std::move(names);
}

void report(const CurvePlot& plot, const std::vector<ReadRuns>& reads, const NamedCurves& named) {
  std::vector<std::string> metrics;
  for (const ReadRuns& read : reads) metrics.push_back(read.metric.name());
  std::size_t runs = 0;
  for (const auto& panel : named.panels) {
    std::size_t drawn = 0;
    for (const Curve& curve : panel) drawn += curve.runs;
    runs = std::max(runs, drawn);
  }
  print("{}: {} of {}{}\n", plot.output.string(), join(metrics, " and "), counted_text(runs, "run"),
        plot.by.empty() ? "" : " in " + counted_text(named.names.size(), "group"));
}

void require_metrics(const CurvePlot& plot) {
  if (plot.metrics.empty())
    throw Error("say with --metric what is drawn; 'descent show RUN' lists what there is");
  if (plot.standard_deviation && plot.by.empty())
    throw Error("--std is a band's width; say with --by what makes a group");
  if (!plot.output.empty()) require_picture_format(plot.output);
}

Figure figure_of(const CurvePlot& plot, const std::vector<ReadRuns>& reads, const NamedCurves& named) {
  std::vector<CurvePanel> panels;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const analysis::LoggedMetric& metric = reads[i].metric;
    panels.push_back(
        {named.panels[i], metric_axis_text(metric.name(), metric.column.unit, metric.column.direction)});
  }
  const CurveAxes axes{plot.log_x, plot.log_y, limits_of(plot.look.x_limits, "--xlim"),
                       limits_of(plot.look.y_limits, "--ylim")};
  Figure figure = curve_figure(panels, named.names, axes,
                               plot.standard_deviation ? "± one standard deviation" : "least to greatest",
                               !plot.output.empty());
  if (plot.smooth > 1)
    figure.subtitle +=
        fmt::format("{}running mean of {} rows", figure.subtitle.empty() ? "" : "; ", plot.smooth);
  apply(plot.look, figure);
  return figure;
}

}  // namespace

int plot_curves(const CurvePlot& plot) {
  require_metrics(plot);
  const std::vector<fs::path> runs = find_current_runs(plot.places);
  std::vector<ReadRuns> reads;
  bool damaged = false;
  for (const std::string& metric : plot.metrics) {
    reads.push_back(read_runs(runs, metric));
    damaged = damaged || reads.back().damaged;
    for (RunCurve& curve : reads.back().curves)
      curve.values = running_mean(curve.values, static_cast<std::size_t>(plot.smooth));
  }
  NamedCurves named = plot.by.empty() ? curves_of_runs(reads) : curves_of_groups(reads, plot);
  leave_out_unused(named);
  if (plot.format != Format::text) {
    print(points_of(plot.metrics, named.panels), plot.format);
  } else if (!plot.output.empty()) {
    draw(picture_of(figure_of(plot, reads, named), plot.look, plot.output));
    report(plot, reads, named);
  } else if (named.names.size() > most_terminal_curves) {
    print("{} are too many for a picture of characters; -o FILE draws them\n\n",
          counted_text(named.names.size(), "curve"));
    print(summary_of(plot.metrics, named.panels), Format::text);
  } else {
    print_figure(figure_of(plot, reads, named));
  }
  return damaged ? exit_failed : exit_done;
}

}  // namespace descent::program

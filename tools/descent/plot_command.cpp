#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "command.hpp"
#include "curves.hpp"
#include "data_table.hpp"
#include "descent/analysis/comparison.hpp"
#include "descent/analysis/metrics.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/run_files.hpp"
#include "figure_points.hpp"
#include "output.hpp"
#include "plot_sweep.hpp"
#include "statistics_columns.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::vector<fs::path> places;
  bool sensitivity = false, profile = false, steps = false;
  std::string x;
  std::string metric;
  std::vector<std::string> by;
  bool standard_deviation = false;
  fs::path output;
  Axes axes;
  Format format = Format::text;
};

void note(const std::string& text) {
  print(stderr, "note: {}\n", text);
}

/// What came of looking for a metric in a run: its curve, or why there is none.
struct Search {
  analysis::LoggedMetric metric = {};
  RunCurve curve = {};
  std::string reason = {};
  bool damaged = false;
};

Search search(const fs::path& run, const std::string& name) {
  Search found;
  found.curve.run = run;
  std::error_code error;
  if (!fs::exists(run / runlog::files::log, error)) {
    found.reason = "it has no log yet";
    return found;
  }
  std::vector<analysis::LoggedMetric> metrics;
  try {
    const runlog::LogReader log = run::log_of_run(run);
    metrics = analysis::metrics_of(log);
    if (const auto metric = analysis::find_metric(metrics, name)) {
      found.metric = *metric;
      found.curve.steps = log.steps(metric->set);
      found.curve.values = log.column(metric->set, metric->column.name);
      if (found.curve.steps.empty()) found.reason = fmt::format("it has no row of {} yet", metric->name());
      return found;
    }
  } catch (const Error& damage) {
    found.reason = damage.what();
    found.damaged = true;
    return found;
  }
  try {
    analysis::require_metric(metrics, name);
  } catch (const Error& unknown) {
    found.reason = unknown.what();
  }
  return found;
}

/// One metric of several runs.
struct ReadRuns {
  analysis::LoggedMetric metric = {};
  std::vector<RunCurve> curves = {};
  bool damaged = false;
};

// What keeps a run from having a curve is said of it, as long as another has one.
ReadRuns read_runs(const std::vector<fs::path>& runs, const std::string& name) {
  ReadRuns read;
  std::vector<Search> without;
  for (const fs::path& run : runs) {
    Search found = search(run, name);
    if (found.reason.empty() && !read.curves.empty() && found.metric.name() != read.metric.name())
      found.reason =
          fmt::format("there '{}' means {}, not {}", name, found.metric.name(), read.metric.name());
    if (!found.reason.empty()) {
      read.damaged = read.damaged || found.damaged;
      without.push_back(std::move(found));
      continue;
    }
    if (read.curves.empty()) read.metric = found.metric;
    read.curves.push_back(std::move(found.curve));
  }
  if (read.curves.empty())
    throw Error(fmt::format("{}: {}{}", without.front().curve.run.string(), without.front().reason,
                            without.size() == 1
                                ? std::string()
                                : fmt::format(" (none of the {} runs has a curve)", without.size())));
  for (const Search& found : without) {
    // What there is instead was not asked for.
    const std::string reason = found.damaged ? found.reason : found.reason.substr(0, found.reason.find(';'));
    note(fmt::format("{}: {}", found.curve.run.string(), reason));
  }
  return read;
}

// The runs' paths below the folder that all are in.
std::vector<Curve> curves_of_runs(const ReadRuns& read) {
  fs::path common = read.curves.front().run.parent_path();
  const auto is_below = [&](const RunCurve& curve) {
    const fs::path relative = curve.run.lexically_relative(common);
    return !relative.empty() && *relative.begin() != "..";
  };
  while (!common.empty() && !std::all_of(read.curves.begin(), read.curves.end(), is_below))
    common = common.parent_path();
  std::vector<Curve> curves;
  for (const RunCurve& run : read.curves) {
    const fs::path shown =
        read.curves.size() == 1 || common.empty() ? run.run : run.run.lexically_relative(common);
    curves.push_back(single_curve(run, shown.string()));
  }
  return curves;
}

std::string group_name(const analysis::Comparison& comparison, const analysis::RunGroup& group) {
  std::string name;
  for (std::size_t i = 0; i < comparison.options.size(); ++i)
    name += fmt::format("{}{}={}", i == 0 ? "" : ", ", comparison.options[i],
                        group.option_texts[i].empty() ? "none" : group.option_texts[i]);
  return name;
}

std::vector<Curve> curves_of_groups(const ReadRuns& read, const Arguments& arguments) {
  std::vector<fs::path> runs;
  for (const RunCurve& curve : read.curves) runs.push_back(curve.run);
  const analysis::Comparison comparison =
      analysis::compare_runs(runs, {{read.metric.name()}, arguments.by, false, true});
  std::vector<Curve> curves;
  for (const analysis::RunGroup& group : comparison.groups) {
    std::vector<const RunCurve*> members;
    for (const RunCurve& curve : read.curves)
      if (std::find(group.runs.begin(), group.runs.end(), curve.run) != group.runs.end())
        members.push_back(&curve);
    const Band band = arguments.standard_deviation ? Band::standard_deviation : Band::extremes;
    std::vector<std::string> notes;
    Curve curve = band_curve(members, group_name(comparison, group), band, notes);
    for (const std::string& text : notes) note(text);
    if (!curve.steps.empty()) curves.push_back(std::move(curve));
  }
  if (curves.empty())
    throw Error(
        "the runs of no group have a step in common: there is no mean to draw; without --by each run "
        "is a line of its own");
  return curves;
}

void report(const fs::path& file, const std::string& metric, const std::vector<Curve>& curves, bool groups) {
  std::size_t runs = 0;
  for (const Curve& curve : curves) runs += curve.runs;
  print("{}: {} of {}{}\n", file.string(), metric, counted_text(runs, "run"),
        groups ? " in " + counted_text(curves.size(), "group") : "");
}

int plot_curves(const Arguments& arguments) {
  if (arguments.metric.empty())
    throw Error("say with --metric what is drawn; 'descent show RUN' lists what there is");
  if (!arguments.x.empty()) throw Error("--x chooses an axis of a sweep, for --sensitivity");
  if (arguments.steps) throw Error("--steps says what a profile counts, for --profile");
  if (arguments.standard_deviation && arguments.by.empty())
    throw Error("--std is a band's width; say with --by what makes a group");
  if (!arguments.output.empty()) require_picture_format(arguments.output);
  const ReadRuns read = read_runs(analysis::find_runs(arguments.places), arguments.metric);
  const std::vector<Curve> curves =
      arguments.by.empty() ? curves_of_runs(read) : curves_of_groups(read, arguments);
  if (arguments.format != Format::text) {
    print(points_of(curves), arguments.format);
    return read.damaged ? exit_failed : exit_done;
  }
  Axes axes = arguments.axes;
  const runlog::MetricColumn& column = read.metric.column;
  axes.label = read.metric.name();
  if (!column.unit.empty() && column.unit != "1") axes.label += fmt::format(" [{}]", column.unit);
  if (!column.direction.empty()) axes.label += fmt::format(" ({} is better)", column.direction);
  Drawing drawing{arguments.output, 900, 540, plot_commands(curves, axes, !arguments.output.empty())};
  if (arguments.output.empty()) {
    const Terminal terminal = terminal_of(stdout);
    drawing.width = terminal.width();
    drawing.height = std::clamp(terminal.width() / 4, 16, 36) + static_cast<int>(curves.size());
  } else {
    drawing.height += 22 * static_cast<int>(curves.size());  // the legend stands below
  }
  draw(drawing);
  if (!arguments.output.empty()) report(arguments.output, read.metric.name(), curves, !arguments.by.empty());
  return read.damaged ? exit_failed : exit_done;
}

void refuse_options_of_other_figures(const Arguments& arguments) {
  if (arguments.sensitivity && arguments.steps)
    throw Error("--steps says what a profile counts, for --profile");
  if (!arguments.profile) return;
  if (!arguments.x.empty()) throw Error("--x chooses an axis of a sweep, for --sensitivity");
  if (arguments.standard_deviation) throw Error("--std is a band's width; a profile has none");
  if (arguments.axes.log_x || arguments.axes.log_y)
    throw Error("--log-x and --log-y are for other figures: a profile's axes are what they are");
}

int plot(const Arguments& arguments) {
  if (arguments.format != Format::text && !arguments.output.empty())
    throw Error("--json and --csv print the numbers instead of a picture; leave out --output");
  if (!arguments.sensitivity && !arguments.profile) return plot_curves(arguments);
  const char* what = arguments.sensitivity ? "--sensitivity" : "--profile";
  if (!arguments.by.empty())
    throw Error(fmt::format("--by makes groups of curves; {} has a curve for each optimizer", what));
  if (arguments.places.size() != 1) throw Error(fmt::format("{} draws one sweep", what));
  refuse_options_of_other_figures(arguments);
  if (!arguments.output.empty()) require_picture_format(arguments.output);
  const SweepPlot sweep{
      arguments.places.front(), arguments.metric,     arguments.x,     arguments.standard_deviation,
      arguments.axes.log_x,     arguments.axes.log_y, arguments.steps, arguments.output,
      arguments.format};
  return arguments.sensitivity ? plot_sensitivity(sweep) : plot_profiles(sweep);
}

constexpr const char* plot_footer =
    R"(Metrics are called SET/METRIC, as 'descent show' lists them; as much of the end as is unmistakable will do. Each run is a
line; with --by each group of runs is the mean of its runs and a band, over the steps at which all of its runs have a
finite value: a group with a run that diverged ends there, and that is said. Values that are not finite leave a gap. Of
more than 2000 rows the extremes of equal pieces are drawn, so that no peak is lost. In the terminal bands are left out.
--json and --csv print every point of any figure instead.

Two figures are of a sweep, the directory that 'descent sweep' made:

  --sensitivity  the last value of its objective (or of --metric) against the learning rate, or the axis of numbers that
                 --x names, a line for each optimizer: the median over the seeds and a band from the lower to the upper
                 quartile; with --std mean and standard deviation. Where several settings have one rate, it is the best
                 of them, the other axes being tuned: the one of which fewest runs went wrong, then the best mean. A
                 hollow point has seeds that went wrong, which the band leaves out; a cross at the edge is a setting of
                 which every seed did. Settings that were drawn (random, sobol, halving) are points with bars
  --profile      performance profiles of a sweep with the protocol time_to_target (Dahl et al., Benchmarking neural network
                 training algorithms, 2023): the share of problems that an optimizer solved in at most so many
                 times the seconds of training (or --steps) of the fastest. A problem is a setting of all axes outside
                 'optimizer', with one seed. On it an optimizer plays with the setting of its own axes that is best for
                 that setting of the others: most seeds reach the target, then the fewest steps in the mean. The score
                 is the mean over the factors from 1 to 4. Problems that some optimizer has not ended are left out

Drawn by gnuplot (Debian's package gnuplot-nox).

Examples:
  descent plot runs/gan_ring --metric mode_coverage/modes
  descent plot runs/rosenbrock/seed=1 runs/rosenbrock/seed=2 --metric objective/value --log-y
  descent plot runs/sweep --metric train/objective --by learning_rate --std -o rates.svg
  descent plot runs/sweep --sensitivity -o sensitivity.png
  descent plot runs/sweep --profile --steps -o profiles.pdf)";

}  // namespace

void add_plot(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      program.command("plot", "Draw a metric of several runs over the steps, or what a sweep has found");
  command.argument("RUN ...", arguments->places, "runs, folders of runs, or a sweep");
  command.option("--metric NAME", arguments->metric, "what is drawn: train/objective, modes");
  command.option("--by KEY", arguments->by,
                 "draw groups of runs: those with the same value of an option; may be given several times");
  command.flag("--std", arguments->standard_deviation,
               "a band is one standard deviation around the mean, not from least to greatest or quartiles");
  command.flag("--sensitivity", arguments->sensitivity,
               "of a sweep: the last value against an axis, for each optimizer");
  command.option("--x KEY", arguments->x, "that axis, if it is not the learning rate");
  command.flag("--profile", arguments->profile,
               "of a sweep to a target: who is how often how near to the fastest",
               {.excludes = {"--sensitivity"}});
  command.flag("--steps", arguments->steps, "a profile counts steps, not seconds of training");
  command.flag("--log-x", arguments->axes.log_x, "a logarithmic axis of steps, or of what --x names");
  command.flag("--log-y", arguments->axes.log_y, "a logarithmic axis of values");
  command.option("-o,--output FILE", arguments->output,
                 "write to FILE.svg, .png or .pdf instead of the terminal");
  add_format(command, arguments->format);
  command.footer(plot_footer);
  command.action([arguments] { return plot(*arguments); });
}

}  // namespace descent::program

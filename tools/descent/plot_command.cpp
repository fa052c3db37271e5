#include <fmt/core.h>

#include <memory>

#include "command.hpp"
#include "descent/base/error.hpp"
#include "gnuplot.hpp"
#include "plot_curves.hpp"
#include "plot_histograms.hpp"
#include "plot_sweep.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::vector<fs::path> places;
  bool sensitivity = false, profile = false, steps = false;
  std::string x;
  std::vector<std::string> metrics, histograms, by;
  bool standard_deviation = false, log_x = false, log_y = false;
  std::int64_t smooth = 1;
  FigureOptions look;
  fs::path output;
  Format format = Format::text;
};

// Options of one figure that another has no use for.
void refuse_options_of_other_figures(const Arguments& arguments) {
  const bool curves = !arguments.sensitivity && !arguments.profile && arguments.histograms.empty();
  const auto only = [](bool said, bool fits, const std::string& text) {
    if (said && !fits) throw Error(text);
  };
  only(!arguments.x.empty(), arguments.sensitivity, "--x chooses an axis of a sweep, for --sensitivity");
  only(arguments.steps, arguments.profile, "--steps says what a profile counts, for --profile");
  only(arguments.smooth > 1, curves, "--smooth is for curves over the steps");
  only(!arguments.histograms.empty() && !arguments.metrics.empty(), false,
       "--histogram and --metric are two figures: draw one after the other");
  only(!arguments.histograms.empty() && !arguments.look.labels.empty(), false,
       "--label names curves, and a histogram over the steps has none");
  const bool log = arguments.log_x || arguments.log_y;
  if (arguments.profile || !arguments.histograms.empty()) {
    const char* what = arguments.profile ? "a profile" : "a histogram over the steps";
    only(arguments.standard_deviation, false, fmt::format("--std is a band's width; {} has none", what));
    only(log, false,
         fmt::format("--log-x and --log-y are for other figures: {}'s axes are what they are", what));
  }
  if (curves || arguments.by.empty()) return;
  if (!arguments.histograms.empty()) throw Error("--by makes groups of curves; a histogram is of one run");
  throw Error(fmt::format("--by makes groups of curves; {} has a curve for each optimizer",
                          arguments.sensitivity ? "--sensitivity" : "--profile"));
}

// Before anything is read: looks that no file takes would do nothing, and bad ones are refused at once.
void check_look(const Arguments& arguments) {
  if (arguments.format != Format::text && !arguments.output.empty())
    throw Error("--json and --csv print the numbers instead of a picture; leave out --output");
  if (arguments.format != Format::text && any_said(arguments.look))
    throw Error("--json and --csv print the numbers of a figure: they have no title, labels, limits or size");
  limits_of(arguments.look.x_limits, "--xlim");
  limits_of(arguments.look.y_limits, "--ylim");
  if (!arguments.look.size.empty()) size_of(arguments.look.size);
  const bool of_a_file = !arguments.look.size.empty() || arguments.look.font_size != figure_font_size;
  if (of_a_file && arguments.output.empty())
    throw Error("--size and --font-size are of a picture in a file: say with -o where to");
}

int plot(const Arguments& arguments) {
  check_look(arguments);
  refuse_options_of_other_figures(arguments);
  if (!arguments.histograms.empty()) {
    if (arguments.places.size() != 1) throw Error("--histogram draws one run");
    return plot_histograms(
        {arguments.places.front(), arguments.histograms, arguments.look, arguments.output, arguments.format});
  }
  if (!arguments.sensitivity && !arguments.profile)
    return plot_curves({arguments.places, arguments.metrics, arguments.by, arguments.standard_deviation,
                        arguments.log_x, arguments.log_y, arguments.smooth, arguments.look, arguments.output,
                        arguments.format});
  if (arguments.places.size() != 1)
    throw Error(fmt::format("{} draws one sweep", arguments.sensitivity ? "--sensitivity" : "--profile"));
  if (arguments.profile && arguments.metrics.size() > 1)
    throw Error("a profile is of one metric: the one whose target is raced for");
  if (!arguments.output.empty()) require_picture_format(arguments.output);
  const SweepPlot sweep{
      arguments.places.front(), arguments.metrics, arguments.x,     arguments.standard_deviation,
      arguments.log_x,          arguments.log_y,   arguments.steps, arguments.look,
      arguments.output,         arguments.format};
  return arguments.sensitivity ? plot_sensitivity(sweep) : plot_profiles(sweep);
}

constexpr const char* plot_footer =
    R"(Metrics are called SET/METRIC, as 'descent show' lists them; as much of the end as is unmistakable will do. Each metric is
a panel. Each run is a line; with --by each group of runs is the mean of its runs and a band, over the steps at which all
of its runs have a finite value: a group with a run that diverged ends there, with a cross. Values that are not finite
leave a gap. Of more than 800 rows the extremes of equal pieces are drawn, so that no peak is lost. Where more than three
bands would lie upon each other they become bars at some points of their curves. --json and --csv print every point of
any figure instead.

Names of curves say what differs between them: values of options, plugins by their names. They stand beside the curves'
ends where they fit, otherwise in a legend above; --label OLD=NEW gives another name. In the terminal bands are left out,
and more than seven curves become a table.

A picture is made for a paper: 9 cm wide (18 cm for several panels) with text of 8 points, unless --size and --font-size
say otherwise; PNG with 300 dots to an inch, PDF with embedded fonts. Its ten colors are told apart by people who do not
see all colors too, and in gray by their points; from the eleventh curve on lines are dashed.

Runs that an edit of their sweep has left out are not drawn, unless they are named themselves; how many there are is said,
and how many were made with older builds of a plugin.

--histogram draws the logged histograms of a parameter ('log: {tensors: [{values: "*", histogram: true}]}') over the steps,
each cell as dark as the share of elements in it.

Two figures are of a sweep, the directory that 'descent sweep' made:

  --sensitivity  the last value of its objective (or of --metric) against the learning rate, or the axis of numbers that
                 --x names, a line for each optimizer: the median over the seeds and a band from the lower to the upper
                 quartile; with --std mean and standard deviation. Several metrics are panels. Where several settings have one rate, it is the best
                 of them, the other axes being tuned: the one of which fewest runs went wrong, then the best mean. A
                 hollow point has seeds that went wrong, which the band leaves out; a cross at the edge is a setting of
                 which every seed did. Settings that were drawn (random, sobol, halving) are points with bars
  --profile      performance profiles of a sweep with the protocol time_to_target (Dahl et al., Benchmarking neural network
                 training algorithms, 2023): the share of problems that an optimizer solved in at most so many
                 times the seconds of training (or --steps) of the fastest. A problem is a setting of all axes outside
                 'optimizer', with one seed. On it an optimizer plays with the setting of its own axes that is best for
                 that setting of the others: most seeds reach the target, then the fewest steps in the mean. The score
                 is the mean over the factors from 1 to 4. Problems that some optimizer has not ended are left out

Drawn by gnuplot (Debian's package gnuplot-nox). docs/figures.md shows every figure with its command.

Examples:
  descent plot runs/gan_ring --metric mode_coverage/modes
  descent plot runs/rosenbrock/seed=1 runs/rosenbrock/seed=2 --metric objective/value --log-y
  descent plot runs/sweep --metric train/objective --by learning_rate --std -o rates.svg
  descent plot runs/a runs/b --metric modes --metric reverse_kl --by optimizer --label 'adam=Adam (ours)' -o both.pdf
  descent plot runs/gan_ring/seed=1 --histogram generator.0.weight -o weights.png
  descent plot runs/sweep --sensitivity -o sensitivity.png
  descent plot runs/sweep --profile --steps -o profiles.pdf)";

}  // namespace

void add_plot(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      program.command("plot", "Draw a metric of several runs over the steps, or what a sweep has found");
  command.argument("RUN ...", arguments->places, "runs, folders of runs, or a sweep");
  command.option("--metric NAME", arguments->metrics,
                 "what is drawn: train/objective, modes; may be given several times, for a panel each");
  command.option("--by KEY", arguments->by,
                 "draw groups of runs: those with the same value of an option; may be given several times");
  command.flag("--std", arguments->standard_deviation,
               "a band is one standard deviation around the mean, not from least to greatest or quartiles");
  command.option("--smooth ROWS", arguments->smooth,
                 "draw the mean of so many rows around each one, of every run by itself", {.positive = true});
  command.option("--histogram NAME", arguments->histograms,
                 "draw a logged histogram over the steps: generator.0.weight; may be given several times");
  command.flag("--sensitivity", arguments->sensitivity,
               "of a sweep: the last value against an axis, for each optimizer",
               {.excludes = {"--histogram"}});
  command.option("--x KEY", arguments->x, "that axis, if it is not the learning rate");
  command.flag("--profile", arguments->profile,
               "of a sweep to a target: who is how often how near to the fastest",
               {.excludes = {"--sensitivity", "--histogram"}});
  command.flag("--steps", arguments->steps, "a profile counts steps, not seconds of training");
  command.flag("--log-x", arguments->log_x, "a logarithmic axis of steps, or of what --x names");
  command.flag("--log-y", arguments->log_y, "a logarithmic axis of values");
  add_figure_options(command, arguments->look, true);
  command.option("-o,--output FILE", arguments->output,
                 "write to FILE.svg, .png or .pdf instead of the terminal");
  add_format(command, arguments->format);
  command.footer(plot_footer);
  command.action([arguments] { return plot(*arguments); });
}

}  // namespace descent::program

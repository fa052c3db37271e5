#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "command.hpp"
#include "compare_sweep.hpp"
#include "descent/analysis/comparison.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "descent/sweep/sweep_results.hpp"
#include "option_columns.hpp"
#include "output.hpp"
#include "statistics_columns.hpp"
#include "sweep_members.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;
using For = DataTable::For;

constexpr const char* compare_footer =
    R"(Runs that differ in nothing but their seed are one group, and one row: over the n runs that are done its mean and standard
deviation (of the sample, n - 1), its median and quartiles (interpolated, as numpy does), their seeds, and how many others
diverged or failed. Groups are named by the options in which they differ; log and checkpoint do not count. Those of which
fewer runs went wrong (diverged, failed, ended without a value) come first, for a mean over those that are left flatters
them; then the better mean. Runs that an edit of their sweep has left out are not compared, unless they are named
themselves; those that were made with older builds of a plugin are counted, and said.

--metric takes a name as 'descent show' has it, or its end: test.mode_coverage/modes, mode_coverage/modes, modes.
Without it everything that the experiment's metrics measured is compared, or, where there is none, the objective.
--by takes a key path of the experiment: whatever else differs is averaged over.

Of a sweep (the directory that 'descent sweep' made, without --by) the groups are the settings of its axes, the metric its
objective, and there are these tables; --csv prints the settings, or the one that --table names:

  settings     every setting, in the same order; of equals the first of the sweep's list. It is the order by which
               protocols and the last line of a sweep choose the best, too
  best         the first setting of each optimizer. With the protocol deepobs settings are told by the tuning's seeds
               alone, and these by the final seeds alone
  sensitivity  how much depends on each axis with all others tuned: for each of its values the best mean of a setting of
               which no run went wrong, and the distance from the best of these to the worst. Values without such a
               setting are counted apart: all went wrong, or halving promoted none. Ranges that were drawn from (random,
               sobol, halving) are cut into quarters
  profile      with the protocol time_to_target: performance profiles (Dahl et al. 2023); 'descent plot --help'
               says what counts as a problem

With the protocol time_to_target the settings are compared by the steps until the objective reaches its target, and the
seconds of training, without evaluation and logging, stand beside them. Means are over the runs that reach it; those
that never do are counted. A target is seen when the objective is measured, and not before.

Warnings say where the best lies on the edge of an axis of numbers, where it rests on one seed or some of its runs went
wrong, and what has not ended yet.

--latex needs \usepackage{booktabs}.

Examples:
  descent compare runs/gan_ring
  descent compare runs/gan_ring --metric mode_coverage/modes --by optimizer.generator
  descent compare runs/a/seed=1 runs/b/seed=1
  descent compare runs/sweep --top 5 --csv > best.csv
  descent compare runs/sweep --table best --latex > best.tex)";

struct Arguments {
  std::vector<fs::path> places;
  analysis::ComparisonRequest request;
  std::size_t top = 0;
  std::string table;
  Format format = Format::text;
};

ShownOptions shown_options(const analysis::Comparison& comparison) {
  ShownOptions options;
  options.paths = comparison.options;
  for (const analysis::RunGroup& group : comparison.groups) options.texts.push_back(group.option_texts);
  return joined_chains(options);
}

DataTable empty_table(const analysis::Comparison& comparison, const ShownOptions& shown,
                      const StatisticsColumns& columns) {
  DataTable table;
  const For several = comparison.metrics.size() > 1 ? For::all : For::programs;
  table.columns = {{"metric", "", false, several},
                   {"direction", "better", false, several},
                   {"unit", "", false, several},
                   {"best", "", false, For::programs},
                   {"best_mark", "best", false, For::people}};
  for (const std::string& path : comparison.options)
    table.columns.push_back({path, "", false, For::programs});
  const std::vector<std::string> headings = headings_of(shown.paths);
  for (std::size_t i = 0; i < headings.size(); ++i)
    table.columns.push_back({shown.paths[i], headings[i], false, For::people, true});
  columns.declare(table);
  return table;
}

std::vector<Value> row_of(const analysis::Comparison& comparison, const analysis::MetricComparison& metric,
                          const analysis::GroupResult& result, const ShownOptions& shown,
                          const StatisticsColumns& columns) {
  const analysis::RunGroup& group = comparison.groups[result.group];
  std::vector<Value> row = {Value::of(metric.name), Value::of(metric.direction),
                            Value::of(metric.unit == "1" ? "" : metric.unit), Value::of(result.is_best),
                            Value::of(result.is_best && comparison.groups.size() > 1 ? "*" : "")};
  row.insert(row.end(), group.options.begin(), group.options.end());
  for (const std::string& text : shown.texts[result.group]) row.push_back(Value::of(text));
  columns.add(row, {result.statistics, result.seeds, group.runs.size(), group.diverged, group.failed,
                    group.unfinished, result.not_finite, group.older_builds});
  return row;
}

// What should be known of the best before it is believed.
std::string doubts(const analysis::Comparison& comparison, const analysis::MetricComparison& metric) {
  if (metric.results.empty() || !metric.results.front().is_best) return "";
  const analysis::GroupResult& best = metric.results.front();
  const analysis::RunGroup& group = comparison.groups[best.group];
  std::string text;
  const bool others_have_more = std::any_of(metric.results.begin(), metric.results.end(),
                                            [](const auto& r) { return r.statistics.count > 1; });
  if (best.statistics.count == 1 && others_have_more)
    text += fmt::format("the best of {} rests on one run\n", metric.name);
  const std::size_t wrong = group.diverged + group.failed + best.not_finite;
  if (wrong > 0)
    text += fmt::format("of the best of {}, {} of {} diverged or failed\n", metric.name, wrong,
                        counted(std::ssize(group.runs), "run"));
  return text;
}

std::string heading(const analysis::Comparison& comparison, const Arguments& arguments) {
  std::string what;
  if (comparison.metrics.size() == 1) {
    const analysis::MetricComparison& metric = comparison.metrics.front();
    const bool has_unit = !metric.unit.empty() && metric.unit != "1";
    what = fmt::format("{}{}{}\n", metric.name, has_unit ? " in " + metric.unit : "",
                       metric.direction.empty() ? "" : fmt::format(" ({} is better)", metric.direction));
  }
  return fmt::format(
      "{}{} in {}; the {} value of each run that is {}, mean and standard deviation over seeds\n\n", what,
      counted_text(comparison.runs, "run"), counted_text(comparison.groups.size(), "group"),
      arguments.request.best ? "best" : "last", arguments.request.unfinished ? "there" : "done");
}

int compare_groups(const Arguments& arguments) {
  const analysis::Comparison comparison =
      analysis::compare_runs(find_current_runs(arguments.places), arguments.request);
  const StatisticsColumns columns{plus_minus_of(arguments.format)};
  const ShownOptions shown = shown_options(comparison);
  DataTable table = empty_table(comparison, shown, columns);
  std::string notes = comparison.older_builds.empty() ? "" : comparison.older_builds + "\n";
  for (const analysis::MetricComparison& metric : comparison.metrics) {
    const std::size_t rows =
        arguments.top == 0 ? metric.results.size() : std::min(arguments.top, metric.results.size());
    for (std::size_t i = 0; i < rows; ++i)
      table.add(row_of(comparison, metric, metric.results[i], shown, columns));
    notes += doubts(comparison, metric);
    if (metric.notes.size() > 1)
      notes += fmt::format("the values of {} do not compare: they were judged in {} ways\n", metric.name,
                           metric.notes.size());
    for (const std::string& note : metric.notes) notes += fmt::format("{}: {}\n", metric.name, note);
  }
  print_words(heading(comparison, arguments), arguments.format);
  print(table, arguments.format);
  if (!notes.empty()) print_words("\n" + notes, arguments.format);
  for (const std::string& problem : comparison.diagnostics) print(stderr, "damaged: {}\n", problem);
  return comparison.diagnostics.empty() ? exit_done : exit_failed;
}

int compare(Arguments arguments) {
  const bool sweep = arguments.places.size() == 1 && sweep::is_sweep(arguments.places.front());
  if (sweep && arguments.request.by.empty())
    return compare_sweep(arguments.places.front(),
                         {arguments.request.metrics, arguments.request.best, arguments.request.unfinished,
                          arguments.top, arguments.table, arguments.format});
  if (!arguments.table.empty())
    throw Error("--table chooses among the tables of a sweep; name the directory of one, without --by");
  if (sweep && arguments.request.metrics.empty())
    if (const sweep::FrozenSweep frozen = sweep::read_sweep(arguments.places.front());
        !frozen.spec.objective.empty())
      arguments.request.metrics = {
          sweep::read_results(frozen, {{frozen.spec.objective}}).metrics.front().name()};
  return compare_groups(arguments);
}

}  // namespace

void add_compare(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("compare", "Compare runs: means over seeds, and which setting is best");
  command.argument("RUN ...", arguments->places, "runs, folders of runs, or a sweep");
  command.option("--metric NAME", arguments->request.metrics,
                 "compare this metric; may be given several times");
  command.option("--by KEY", arguments->request.by,
                 "group by the options at KEY; may be given several times");
  command.flag("--best", arguments->request.best, "each run's best value, not its last");
  command.flag("--unfinished", arguments->request.unfinished,
               "count what running, stopped and killed runs have reached too");
  command.option("--top N", arguments->top, "show the N best groups only", {.positive = true});
  command.option("--table NAME", arguments->table,
                 "of a sweep: settings, best, sensitivity or profile, not all of them",
                 {.one_of = sweep_table_names()});
  add_formats(command, arguments->format);
  command.footer(compare_footer);
  command.action([arguments] { return compare(*arguments); });
}

}  // namespace descent::program

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/comparison.hpp"
#include "descent/analysis/run_folder.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;
using For = DataTable::For;

struct Arguments {
  std::vector<fs::path> places;
  ComparisonRequest request;
  std::size_t top = 0;
  Format format = Format::text;
};

// `1-5, 8`
std::string ranges(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[i]);
    if (end > i) text += fmt::format("-{}", numbers[end]);
    i = end + 1;
  }
  return text;
}

// As much of a path's end as tells it from the others.
std::string short_path(const std::string& path, const std::vector<std::string>& all) {
  for (std::size_t dot = path.rfind('.');; dot = dot == 0 ? path.npos : path.rfind('.', dot - 1)) {
    if (dot == path.npos) return path;
    const std::string end = path.substr(dot);
    const auto same = std::count_if(all.begin(), all.end(), [&](const std::string& other) {
      return other.ends_with(end) || "." + other == end;
    });
    if (same == 1) return end.substr(1);
  }
}

Value count_or_nothing(std::size_t count) {
  return count == 0 ? Value() : Value::of(static_cast<std::int64_t>(count));
}

Value integers(const std::vector<std::int64_t>& numbers) {
  Value list = Value::list();
  for (const std::int64_t number : numbers) list.items().push_back(Value::of(number));
  return list;
}

DataTable empty_table(const Comparison& comparison, const std::string& plus_minus) {
  DataTable table;
  table.columns = {{"metric", "", false, comparison.metrics.size() > 1 ? For::all : For::programs},
                   {"direction", "better", false, comparison.metrics.size() > 1 ? For::all : For::programs},
                   {"unit", "", false, comparison.metrics.size() > 1 ? For::all : For::programs},
                   {"best", "", false, For::programs},
                   {"best_mark", "best", false, For::people}};
  for (const std::string& path : comparison.options) {
    table.columns.push_back({path, "", false, For::programs});
    table.columns.push_back({path, short_path(path, comparison.options), false, For::people});
  }
  const std::vector<DataTable::Column> numbers = {
      {"mean", "", true, For::programs},
      {"standard_deviation", "", true, For::programs},
      {"mean_text", fmt::format("mean {} std", plus_minus), true, For::people},
      {"median", "", true},
      {"minimum", "", true, For::programs},
      {"maximum", "", true, For::programs},
      {"n", "", true},
      {"seeds", "", false, For::programs},
      {"seed_ranges", "seeds", false, For::people},
      {"runs", "", true, For::programs},
      {"diverged", "", true, For::programs},
      {"failed", "", true, For::programs},
      {"unfinished", "", true, For::programs},
      {"not_finite", "", true, For::programs},
      {"diverged_some", "diverged", true, For::people},
      {"failed_some", "failed", true, For::people},
      {"unfinished_some", "unfinished", true, For::people},
      {"not_finite_some", "not finite", true, For::people}};
  table.columns.insert(table.columns.end(), numbers.begin(), numbers.end());
  return table;
}

std::string mean_text(const Statistics& statistics, const std::string& plus_minus) {
  if (statistics.count == 0) return "";
  const std::string mean = fmt::format("{:.5g}", statistics.mean);
  if (!statistics.standard_deviation) return mean;
  return fmt::format("{} {} {:.2g}", mean, plus_minus, *statistics.standard_deviation);
}

std::vector<Value> row_of(const Comparison& comparison, const MetricComparison& metric,
                          const GroupResult& result, const std::string& plus_minus) {
  const RunGroup& group = comparison.groups[result.group];
  const Statistics& statistics = result.statistics;
  const auto number = [&](double value) { return statistics.count > 0 ? Value::of(value) : Value(); };
  const auto count = [](std::size_t value) { return Value::of(static_cast<std::int64_t>(value)); };
  std::vector<Value> row = {Value::of(metric.name), Value::of(metric.direction),
                            Value::of(metric.unit == "1" ? "" : metric.unit), Value::of(result.is_best),
                            Value::of(result.is_best && comparison.groups.size() > 1 ? "*" : "")};
  for (std::size_t i = 0; i < comparison.options.size(); ++i) {
    row.push_back(group.options[i]);
    row.push_back(Value::of(group.option_texts[i]));
  }
  const std::vector<Value> numbers = {
      number(statistics.mean),
      statistics.standard_deviation ? Value::of(*statistics.standard_deviation) : Value(),
      Value::of(mean_text(statistics, plus_minus)),
      number(statistics.median),
      number(statistics.minimum),
      number(statistics.maximum),
      count(statistics.count),
      integers(result.seeds),
      Value::of(ranges(result.seeds)),
      count(group.runs.size()),
      count(group.diverged),
      count(group.failed),
      count(group.unfinished),
      count(result.not_finite),
      count_or_nothing(group.diverged),
      count_or_nothing(group.failed),
      count_or_nothing(group.unfinished),
      count_or_nothing(result.not_finite)};
  row.insert(row.end(), numbers.begin(), numbers.end());
  return row;
}

// What should be known of the best before it is believed.
std::string doubts(const Comparison& comparison, const MetricComparison& metric) {
  if (metric.results.empty() || !metric.results.front().is_best) return "";
  const GroupResult& best = metric.results.front();
  const RunGroup& group = comparison.groups[best.group];
  std::string text;
  const bool others_have_more = std::any_of(metric.results.begin(), metric.results.end(),
                                            [](const auto& r) { return r.statistics.count > 1; });
  if (best.statistics.count == 1 && others_have_more)
    text += fmt::format("the best of {} rests on one run\n", metric.name);
  const std::size_t wrong = group.diverged + group.failed + best.not_finite;
  if (wrong > 0)
    text += fmt::format("of the best of {}, {} of {} runs diverged or failed\n", metric.name, wrong,
                        group.runs.size());
  return text;
}

std::string heading(const Comparison& comparison, const Arguments& arguments) {
  std::string what;
  if (comparison.metrics.size() == 1) {
    const MetricComparison& metric = comparison.metrics.front();
    const bool has_unit = !metric.unit.empty() && metric.unit != "1";
    what = fmt::format("{}{}{}\n", metric.name, has_unit ? " in " + metric.unit : "",
                       metric.direction.empty() ? "" : fmt::format(" ({} is better)", metric.direction));
  }
  const auto counted = [](std::size_t count, const char* word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
  };
  return fmt::format(
      "{}{} in {}; the {} value of each run that is {}, mean and standard deviation over seeds\n\n", what,
      counted(comparison.runs, "run"), counted(comparison.groups.size(), "group"),
      arguments.request.best ? "best" : "last", arguments.request.unfinished ? "there" : "done");
}

int compare(const Arguments& arguments) {
  const Comparison comparison = compare_runs(find_runs(arguments.places), arguments.request);
  const std::string plus_minus = terminal_of(stdout).unicode ? "±" : "+-";
  DataTable table = empty_table(comparison, plus_minus);
  std::string notes;
  for (const MetricComparison& metric : comparison.metrics) {
    const std::size_t shown =
        arguments.top == 0 ? metric.results.size() : std::min(arguments.top, metric.results.size());
    for (std::size_t i = 0; i < shown; ++i)
      table.add(row_of(comparison, metric, metric.results[i], plus_minus));
    notes += doubts(comparison, metric);
  }
  if (arguments.format == Format::text) fmt::print("{}", heading(comparison, arguments));
  print(table, arguments.format);
  if (arguments.format == Format::text && !notes.empty()) fmt::print("\n{}", notes);
  for (const std::string& problem : comparison.problems) fmt::print(stderr, "damaged: {}\n", problem);
  return comparison.problems.empty() ? exit_done : exit_failed;
}

}  // namespace

void add_compare(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      program.add_subcommand("compare", "Compare runs: means over seeds, and which setting is best");
  command->add_option("RUN", arguments->places, "runs, or folders of runs")->required()->option_text("...");
  command
      ->add_option("--metric", arguments->request.metrics, "compare this metric; may be given several times")
      ->type_name("NAME")
      ->type_size(1)
      ->allow_extra_args(false);
  command
      ->add_option("--by", arguments->request.by, "group by the options at KEY; may be given several times")
      ->type_name("KEY")
      ->type_size(1)
      ->allow_extra_args(false);
  command->add_flag("--best", arguments->request.best, "each run's best value, not its last");
  command->add_flag("--unfinished", arguments->request.unfinished,
                    "count what running, stopped and killed runs have reached too");
  command->add_option("--top", arguments->top, "show the N best groups only")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_format(*command, arguments->format);
  command->footer(
      R"(Runs that differ in nothing but their seed are one group, and one row: its mean and standard deviation (of the
sample, n - 1) over the n runs that are done, their median and seeds, and how many others diverged or failed. Groups are
named by the options in which they differ; log and checkpoint do not count. The best mean comes first.

--metric takes a name as 'descent show' has it, or its end: test.mode_coverage/modes, mode_coverage/modes, modes.
Without it everything that the experiment's metrics measured is compared, or, where there is none, the objective.
--by takes a key path of the experiment: whatever else differs is averaged over.

Examples:
  descent compare runs/gan_ring
  descent compare runs/gan_ring --metric mode_coverage/modes --by optimizer.generator
  descent compare runs/a/seed=1 runs/b/seed=1
  descent compare runs/sweep --top 5 --csv > best.csv)");
  command->callback(
      [&invocation, arguments] { invocation.action = [arguments] { return compare(*arguments); }; });
}

}  // namespace descent::program

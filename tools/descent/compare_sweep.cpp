#include "compare_sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/json.hpp"
#include "descent/sweep/doubts.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "output.hpp"
#include "sweep_tables.hpp"

namespace descent::program {
namespace {

/// One of the tables, and what is said above it.
struct Section {
  std::string name;
  std::string words;
  DataTable table;
};

std::vector<sweep::RunValues> compared_values(const sweep::FrozenSweep& sweep,
                                              const sweep::SweepResults& results,
                                              const SweepComparisonRequest& request) {
  if (sweep.spec.protocol == sweep::Protocol::time_to_target && request.metrics.empty())
    return {sweep::efforts_to_target(sweep, results, sweep::Effort::steps)};
  std::vector<sweep::RunValues> values;
  for (std::size_t metric = 0; metric < results.metrics.size(); ++metric) {
    if (request.best && results.metrics[metric].column.direction.empty())
      throw Error(fmt::format("the metric '{}' has no direction, so that no value of it is the best",
                              results.metrics[metric].name()));
    values.push_back(values_of(results, metric, request.best, request.unfinished));
  }
  return values;
}

sweep::SweepResults read_what_is_compared(const sweep::FrozenSweep& sweep,
                                          const SweepComparisonRequest& request) {
  std::vector<std::string> metrics = request.metrics;
  if (metrics.empty() && !sweep.spec.objective.empty()) metrics = {sweep.spec.objective};
  return sweep::read_results(sweep, {metrics, request.best});
}

// `36 done, 4 diverged`
std::string statuses_text(const sweep::SweepResults& results) {
  std::map<std::string, std::size_t> counts;
  for (const sweep::RunOutcome& run : results.runs) ++counts[text(run.summary.status)];
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  std::vector<std::string> parts;
  for (const auto& [status, count] : sorted) parts.push_back(fmt::format("{} {}", count, status));
  return join(parts);
}

std::string heading(const sweep::FrozenSweep& sweep, const sweep::SweepResults& results,
                    const std::vector<sweep::SweepReport>& reports, const SweepComparisonRequest& request) {
  std::string text;
  for (const sweep::SweepReport& report : reports) text += value_name(report.values) + "\n";
  text += fmt::format("{} of {}: {}\n", counted_text(sweep.runs.size(), "run"),
                      counted_text(reports.front().settings.size(), "setting"), statuses_text(results));
  const bool target = sweep.spec.protocol == sweep::Protocol::time_to_target && request.metrics.empty();
  const std::string value =
      target ? ""
             : fmt::format("the {} value of each run that is {}; ", request.best ? "best" : "last",
                           request.unfinished ? "there" : "done");
  return text + fmt::format(
                    "{}mean and standard deviation (n - 1), median and quartiles over {}seeds{}; settings of "
                    "which no run went wrong come first\n\n",
                    value, sweep.spec.protocol == sweep::Protocol::deepobs ? "the tuning's " : "",
                    target ? " that reach the target" : "");
}

std::vector<Section> sections_of(const sweep::FrozenSweep& sweep, const sweep::SweepResults& results,
                                 const std::vector<sweep::SweepReport>& reports,
                                 const SweepComparisonRequest& request) {
  const SweepTables tables(sweep, results, reports, plus_minus_of(request.format));
  std::vector<Section> sections;
  sections.push_back({"settings", heading(sweep, results, reports, request), tables.settings(request.top)});
  if (!sweep.spec.axes.empty()) {
    sections.push_back({"best", tables.best_words(), tables.best()});
    sections.push_back({"sensitivity", SweepTables::sensitivity_words(), tables.sensitivity()});
  }
  if (sweep.spec.protocol == sweep::Protocol::time_to_target && has_optimizers(sweep))
    sections.push_back({"profile", SweepTables::profile_words(), tables.profile()});
  return sections;
}

void print_json(const sweep::FrozenSweep& sweep, const std::vector<Section>& sections,
                const std::vector<std::string>& doubts) {
  Value object = Value::map();
  object.set("name", Value::of(sweep.name));
  object.set("directory", Value::of(sweep.directory.string()));
  object.set("protocol", Value::of(text(sweep.spec.protocol)));
  for (const Section& section : sections) object.set(section.name, objects_of(section.table));
  Value list = Value::list();
  for (const std::string& doubt : doubts) list.items().push_back(Value::of(doubt));
  object.set("warnings", std::move(list));
  print("{}\n", runlog::json(object));
}

const Section& section_named(const std::vector<Section>& sections, const std::string& name) {
  for (const Section& section : sections)
    if (section.name == name) return section;
  std::vector<std::string> names;
  for (const Section& section : sections) names.push_back(section.name);
  throw Error(fmt::format("of this sweep there is no table '{}'; there are: {}", name, join(names)));
}

void print_sections(const sweep::FrozenSweep& sweep, std::vector<Section> sections,
                    const std::vector<std::string>& doubts, const SweepComparisonRequest& request) {
  if (!request.table.empty()) sections = {section_named(sections, request.table)};
  if (request.format == Format::csv) return print(sections.front().table, Format::csv);
  if (request.format == Format::json && !request.table.empty())
    return print(sections.front().table, Format::json);
  if (request.format == Format::json) return print_json(sweep, sections, doubts);
  bool first = true;
  for (const Section& section : sections) {
    if (section.table.rows.empty()) continue;
    if (!std::exchange(first, false)) print_words("\n", Format::text);
    print_words(section.words, request.format);
    print(section.table, request.format);
  }
  if (!doubts.empty()) print_words("\n", Format::text);
  // As a list, of which each is a paragraph in Markdown.
  for (const std::string& doubt : doubts)
    print_words(fmt::format("{}warning: {}\n", request.format == Format::markdown ? "- " : "", doubt),
                request.format);
}

}  // namespace

const std::vector<std::string>& sweep_table_names() {
  static const std::vector<std::string> names = {"settings", "best", "sensitivity", "profile"};
  return names;
}

int compare_sweep(const std::filesystem::path& directory, const SweepComparisonRequest& request) {
  const sweep::FrozenSweep sweep = sweep::read_sweep(directory);
  const sweep::SweepResults results = read_what_is_compared(sweep, request);
  std::vector<sweep::SweepReport> reports;
  std::vector<std::string> doubts;
  for (sweep::RunValues& values : compared_values(sweep, results, request)) {
    reports.push_back(sweep::report_of(sweep, results, std::move(values)));
    for (std::string& doubt : sweep::doubts_about(sweep, results, reports.back()))
      if (std::find(doubts.begin(), doubts.end(), doubt) == doubts.end()) doubts.push_back(std::move(doubt));
  }
  if (reports.empty())
    throw Error(fmt::format("no run of the sweep '{}' has a log with a metric yet", directory.string()));
  print_sections(sweep, sections_of(sweep, results, reports, request), doubts, request);
  for (const std::string& problem : results.diagnostics) print(stderr, "damaged: {}\n", problem);
  return results.diagnostics.empty() ? exit_done : exit_failed;
}

}  // namespace descent::program

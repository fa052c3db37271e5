#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/trained_run.hpp"
#include "run_argument.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location;
  run::MetricChoice metric;
  std::string checkpoint = "final", split;
  std::vector<std::string> plugin_path;
  run::ChangedPlugins changed_plugins = run::ChangedPlugins::refused;
  Format format = Format::text;
};

const char* better(Direction direction) {
  switch (direction) {
    case Direction::lower_is_better:
      return "lower";
    case Direction::higher_is_better:
      return "higher";
    case Direction::neither:
      return "";
  }
  return "";
}

DataTable table_of(const train::MetricInstance& metric, const std::vector<double>& values,
                   run::RestoredRun& run, const fs::path& checkpoint) {
  DataTable table;
  table.columns = {{"metric"},
                   {"measure"},
                   {"value", "", true},
                   {"unit", "", false, DataTable::For::programs},
                   {"unit_shown", "unit", false, DataTable::For::people},
                   {"direction", "better", false},
                   {"split"},
                   {"checkpoint"},
                   {"step", "", true}};
  const auto has_note = [](const Measure& measure) { return !measure.note.empty(); };
  const bool with_notes = std::any_of(metric.measures.begin(), metric.measures.end(), has_note);
  if (with_notes) table.columns.push_back({"note", "", false, DataTable::For::programs});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Measure& measure = metric.measures[i];
    std::vector<Value> row = {Value::of(metric.name),
                              Value::of(measure.name),
                              Value::of(values[i]),
                              Value::of(measure.unit),
                              Value::of(measure.unit == "1" ? "" : measure.unit),
                              Value::of(better(measure.direction)),
                              Value::of(split_name(metric.split)),
                              Value::of(checkpoint.filename().string()),
                              Value::of(run.training().step())};
    if (with_notes) row.push_back(Value::of(measure.note));
    table.add(std::move(row));
  }
  return table;
}

int evaluate(Arguments arguments) {
  const fs::path directory = analysis::run_at(arguments.location);
  const fs::path checkpoint = run::find_checkpoint(directory, arguments.checkpoint);
  if (!arguments.split.empty()) arguments.metric.options.push_back("split=" + arguments.split);
  Registry registry = make_registry(arguments.plugin_path);
  run::RestoredRun run(directory, checkpoint, registry, arguments.metric, arguments.changed_plugins);
  const train::MetricInstance& metric = run.training().metrics().front();
  const std::vector<double> values = run.training().measure(metric);
  print(table_of(metric, values, run, checkpoint), arguments.format);
  if (!metric.measures.empty() && !metric.measures.front().note.empty())
    print_words(metric.measures.front().note + "\n", arguments.format);
  return exit_done;
}

}  // namespace

void add_evaluate(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("evaluate", "Measure a metric on a finished run");
  command.argument("RUN", arguments->location, "the run's directory");
  command.argument("METRIC", arguments->metric.name, "a metric of the experiment, or a metric plugin");
  command.optional_argument("key=value", arguments->metric.options,
                            "the metric's options, as often as wanted");
  command.option("--checkpoint WHICH", arguments->checkpoint,
                 "which state: final (default), best, step_N, or a checkpoint's file");
  command.option("--split SPLIT", arguments->split, "measure on train, validation or test");
  add_format(command, arguments->format);
  add_plugin_path(command, arguments->plugin_path);
  add_changed_plugins(command, arguments->changed_plugins);
  command.footer(
      R"(Measured is where the run itself measures: at its evaluation point (of ema, schedule_free and the like: the averaged
values), in evaluation mode, with the random numbers of its seed. A metric that the experiment has keeps the options it
has there, and so gives the number in the log; any other begins with its defaults. 'descent plugins' lists the metrics,
'descent plugins metric NAME' their options. Nothing of the run is changed: the log keeps what it has.

Examples:
  descent evaluate runs/gan_ring/seed=1 mode_coverage
  descent evaluate runs/gan_ring/seed=1 mode_coverage samples=100000
  descent evaluate runs/vae_glyphs/seed=1 objective --split train --json
  descent evaluate runs/vae_glyphs/seed=1 objective --checkpoint best)");
  command.action([arguments] { return evaluate(*arguments); });
}

}  // namespace descent::program

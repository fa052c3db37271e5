#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/metrics.hpp"
#include "descent/analysis/plugin_check.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location;
  Format format = Format::text;
};

/// Everything that is shown.
struct Shown {
  analysis::RunSummary summary;
  analysis::FrozenExperiment experiment;
  Value provenance;
  DataTable plugins, metrics, series;
  std::vector<runlog::Event> events;
  std::size_t metrics_left_out = 0;
};

DataTable plugin_table(const runlog::LogReader& log) {
  DataTable table;
  table.columns = {{"kind"},
                   {"name"},
                   {"version"},
                   {"sha256", "", false, DataTable::For::programs},
                   {"digest", "sha256", false, DataTable::For::people},
                   {"now", "library now"},
                   {"path"}};
  for (const runlog::PluginRow& row : log.plugins())
    table.add({Value::of(row.kind), Value::of(row.name), Value::of(row.version), Value::of(row.sha256),
               Value::of(row.sha256.substr(0, 12)), Value::of(text(analysis::library_now(row))),
               Value::of(row.path)});
  return table;
}

DataTable metric_table(const runlog::LogReader& log, bool for_people, std::size_t& left_out) {
  DataTable table;
  table.columns = {{"metric"},
                   {"last", "", true},
                   {"last_step", "at step", true},
                   {"best", "", true},
                   {"best_step", "at step", true},
                   {"better"},
                   {"rows", "", true},
                   {"unit"}};
  const std::vector<analysis::LoggedMetric> metrics = analysis::metrics_of(log);
  const bool with_notes = std::any_of(metrics.begin(), metrics.end(),
                                      [](const auto& metric) { return !metric.column.note.empty(); });
  if (with_notes) table.columns.push_back({"note", "", false, DataTable::For::programs});
  for (const analysis::LoggedMetric& metric : metrics) {
    if (for_people && metric.is_of_one_parameter()) {
      ++left_out;
      continue;
    }
    std::vector<Value> row = {Value::of(metric.name())};
    for (const auto& point : {analysis::last_point(log, metric), analysis::best_point(log, metric)}) {
      row.push_back(point ? Value::of(point->value) : Value());
      row.push_back(point ? Value::of(point->step) : Value());
    }
    row.push_back(Value::of(metric.column.direction));
    row.push_back(Value::of(log.rows(metric.set)));
    row.push_back(Value::of(metric.column.unit == "1" ? "" : metric.column.unit));
    if (with_notes) row.push_back(Value::of(metric.column.note));
    table.add(std::move(row));
  }
  return table;
}

DataTable series_table(const runlog::LogReader& log) {
  using For = DataTable::For;
  DataTable table;
  table.columns = {{"path", "series"},
                   {"shape", "", false, For::programs},
                   {"shape_text", "shape", false, For::people},
                   {"kind"},
                   {"snapshots", "", true},
                   {"first_step", "first at", true},
                   {"last_step", "last at", true}};
  for (const runlog::SeriesInfo& series : log.series()) {
    const auto step_of = [&](std::int64_t snapshot) {
      return series.snapshots == 0 ? Value() : Value::of(log.snapshot_step(series.path, snapshot));
    };
    Value shape = Value::list();
    for (const std::int64_t extent : series.shape.extents()) shape.items().push_back(Value::of(extent));
    const char* kind = series.histogram                      ? "histogram"
                       : series.path.starts_with("samples/") ? "samples"
                                                             : "tensor";
    table.add({Value::of(series.path), std::move(shape), Value::of(series.shape.text()), Value::of(kind),
               Value::of(series.snapshots), step_of(0), step_of(series.snapshots - 1)});
    if (!series.sheet) continue;
    const Shape sheet = runlog::sheet_shape(series.shape);
    Value extents = Value::list();
    for (const std::int64_t extent : sheet.extents()) extents.items().push_back(Value::of(extent));
    table.add({Value::of(runlog::sheet_path(series.path)), std::move(extents), Value::of(sheet.text()),
               Value::of("sheet"), Value::of(series.snapshots), step_of(0), step_of(series.snapshots - 1)});
  }
  return table;
}

Shown read(const fs::path& directory, Format format) {
  analysis::RunSummary summary = analysis::summarize_run(directory);
  if (summary.never_began())
    return {std::move(summary),
            analysis::ExperimentReader().read(directory),
            Value::map(),
            {},
            {},
            {},
            runlog::read_events(directory)};
  const runlog::LogReader log = run::log_of_run(directory);
  Shown shown{std::move(summary),
              analysis::ExperimentReader().read(directory),
              log.attributes(),
              plugin_table(log),
              {},
              series_table(log),
              runlog::read_events(directory)};
  shown.metrics = metric_table(log, format == Format::text, shown.metrics_left_out);
  return shown;
}

// `adam(learning_rate 1.0e-3, beta1 0.5)`; what is named by its plugin begins with it.
std::string short_text(const Value& value) {
  std::vector<std::string> parts;
  if (value.is(Value::Kind::list)) {
    for (const Value& item : value.items()) parts.push_back(short_text(item));
    return fmt::format("[{}]", join(parts));
  }
  if (!value.is(Value::Kind::map)) {
    if (value.is(Value::Kind::text)) return value.text();
    std::string text = experiment::to_yaml(value);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  const Value* plugin = value.find("plugin");
  for (const Value::Entry& entry : value.entries()) {
    const bool says_nothing = entry.value.is(Value::Kind::text) && entry.value.text().empty();
    const bool said =
        plugin != nullptr && (entry.key == "plugin" || (entry.key == "name" && entry.value == *plugin));
    if (said || says_nothing) continue;
    const std::string text = short_text(entry.value);
    parts.push_back(text.empty() ? entry.key : fmt::format("{} {}", entry.key, text));
  }
  if (plugin == nullptr) return join(parts);
  const std::string name = short_text(*plugin);
  return parts.empty() ? name : fmt::format("{}({})", name, join(parts));
}

void print_line(const Terminal& terminal, const std::string& name, const std::string& text) {
  constexpr std::size_t indent = 12;
  const auto width = static_cast<std::size_t>(terminal.width());
  bool first = true;
  for (const std::string& line : wrapped(text, width > indent + 20 ? width - indent : 20)) {
    print("{:{}}{}\n", first ? name : "", indent, line);
    first = false;
  }
}

void print_head(const Terminal& terminal, const Shown& shown) {
  const analysis::RunSummary& run = shown.summary;
  print("{}\n", terminal.bold(run.directory.string()));
  std::string progress = fmt::format("step {}", run.step);
  if (run.total_steps) progress += fmt::format(" of {}", *run.total_steps);
  if (run.seconds) progress += fmt::format(" in {}", rough_time(*run.seconds));
  const std::string status = run.went_wrong() ? terminal.red(text(run.status)) : text(run.status);
  print("{:12}{}, {}, last written {} ago\n", "status", status, progress, rough_time(run.age));
  if (!run.reason.empty()) print_line(terminal, "reason", run.reason);
  for (const auto& section : shown.experiment.sections()) {
    constexpr const char* left_out[] = {"plugins", "log", "checkpoint"};
    if (std::find(std::begin(left_out), std::end(left_out), section->key) != std::end(left_out)) continue;
    const bool empty = section->value.is(Value::Kind::list) && section->value.items().empty();
    if (!empty) print_line(terminal, section->key, short_text(section->value));
  }
}

void print_provenance(const Terminal& terminal, const Shown& shown) {
  const auto get = [&](const char* key) {
    const Value* value = shown.provenance.find(key);
    return value == nullptr ? std::string() : cell_text(*value);
  };
  print("\n");
  std::string commit = get("git_commit").substr(0, 12);
  if (!commit.empty())
    commit = fmt::format(" (commit {}{})", commit,
                         get("git_dirty") == "1" || get("git_dirty") == "yes" ? ", changed" : "");
  print_line(terminal, "made by",
             fmt::format("descent {}{}, {}, {}, {}", get("descent_version"), commit, get("scalar"),
                         get("compiler"), get("gemm")));
  print_line(terminal, "made on", fmt::format("{}: {}, {}", get("host"), get("cpu"), get("system")));
  print_line(terminal, "command", get("argv"));
  print_line(terminal, "run id", get("run_id"));
}

void print_events(const Shown& shown) {
  DataTable table;
  table.columns = {{"event"}, {"step", "", true}, {"time", "", true}, {"message"}};
  for (const runlog::Event& event : shown.events)
    if (event.kind != "evaluation")  // the metrics say more
      table.add({Value::of(event.kind), Value::of(event.step), Value::of(rough_time(event.wall_time)),
                 Value::of(event.message)});
  if (table.rows.empty()) return;
  print("\n");
  print(table, Format::text);
}

void print_text(const Shown& shown) {
  const Terminal terminal = terminal_of(stdout);
  print_head(terminal, shown);
  if (shown.summary.never_began())
    print("\nIt has taken no step, and has no log.\n");
  else
    print_provenance(terminal, shown);
  for (const DataTable* table : {&shown.plugins, &shown.metrics, &shown.series}) {
    if (table->rows.empty()) continue;
    print("\n");
    print(*table, Format::text);
    if (table == &shown.metrics && shown.metrics_left_out > 0)
      print("and {} of single parameters: see --csv or --json\n", shown.metrics_left_out);
  }
  print_events(shown);
}

Value events_value(const std::vector<runlog::Event>& events) {
  Value list = Value::list();
  for (const runlog::Event& event : events) {
    Value object = Value::map();
    object.set("time", Value::of(event.wall_time));
    object.set("step", Value::of(event.step));
    object.set("kind", Value::of(event.kind));
    object.set("message", Value::of(event.message));
    for (const Value::Entry& field : event.fields.entries()) object.set(field.key, field.value);
    list.items().push_back(std::move(object));
  }
  return list;
}

void print_json(const Shown& shown) {
  const analysis::RunSummary& run = shown.summary;
  Value object = Value::map();
  object.set("run", Value::of(run.directory.string()));
  object.set("status", Value::of(text(run.status)));
  object.set("step", Value::of(run.step));
  object.set("total_steps", run.total_steps ? Value::of(*run.total_steps) : Value());
  object.set("seconds", run.seconds ? Value::of(*run.seconds) : Value());
  object.set("reason", Value::of(run.reason));
  Value& experiment = object.set("experiment", Value::map());
  for (const auto& section : shown.experiment.sections()) experiment.set(section->key, section->value);
  object.set("provenance", shown.provenance);
  object.set("plugins", objects_of(shown.plugins));
  object.set("metrics", objects_of(shown.metrics));
  object.set("series", objects_of(shown.series));
  object.set("events", events_value(shown.events));
  put_json(stdout, object);
  print("\n");
}

int show(const Arguments& arguments) {
  const Shown shown = read(analysis::run_at(arguments.location), arguments.format);
  if (arguments.format == Format::text)
    print_text(shown);
  else if (arguments.format == Format::json)
    print_json(shown);
  else
    print(shown.metrics, arguments.format);
  return exit_done;
}

}  // namespace

void add_show(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      program.command("show", "Show one run: its experiment, what it found, what its log holds");
  command.argument("RUN", arguments->location, "the run's directory");
  add_format(command, arguments->format);
  command.footer(
      R"(How far it is and why it ended; the experiment in short ('descent check RUN/experiment.yaml' prints all of it); the
program, machine and command line that made it; its plugins, and whether their libraries are still those that it used;
the last and the best value of every metric; the tensors and samples in the log; warnings, diagnoses, stops, errors,
and how long training waited for the disk.

A run may be shown while it is going on, and when it was killed. --json prints everything, --csv the metrics.

Examples:
  descent show runs/gan_ring/seed=1
  descent show runs/gan_ring/seed=1 --json | jq .provenance.git_commit
  descent show runs/gan_ring/seed=1 --csv)");
  command.action([arguments] { return show(*arguments); });
}

}  // namespace descent::program

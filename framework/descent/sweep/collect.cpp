#include "descent/sweep/collect.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/runlog/detail/table_file.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/axis_tree.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_results.hpp"

namespace descent::sweep {

namespace {

constexpr const char* schema = "descent.sweep";
constexpr std::int64_t schema_version = 3;  // texts of variable length

/// Relative to the sweep's directory.
std::filesystem::path log_of(const FrozenRun& run) {
  return std::filesystem::path(run.folder) / runlog::files::log;
}

std::string axis_label(const analysis::LoggedMetric& logged) {
  return runlog::axis_label({logged.name(), logged.column.unit, ""});
}

/// The columns of the table, one kind after the other.
class Columns {
 public:
  Columns(const FrozenSweep& sweep, const SweepResults& results) : sweep_(sweep), results_(results) {}

  /// The column that viewers draw: the last values of the objective, which is the first metric. Empty: none was measured.
  const std::string& signal() const { return signal_; }

  std::vector<runlog::TableColumn> take() {
    add_identity();
    for (const SweepOption& option : options_of(sweep_)) add_option(option);
    add("status", texts([](const RunOutcome& run) { return std::string(text(run.summary.status)); }));
    add("step", whole([](const RunOutcome& run) { return run.summary.step; }));
    for (std::size_t metric = 0; metric < results_.metrics.size(); ++metric) add_metric(metric);
    add_costs();
    return std::move(columns_);
  }

 private:
  runlog::TableColumn& add(std::string name, runlog::TableColumn::Cells cells) {
    name = runlog::unreserved_name(name);
    // An option may have the name of one of our columns.
    while (!names_.insert(name).second) name += "_";
    columns_.push_back({std::move(name), std::move(cells)});
    return columns_.back();
  }

  template <class Call>
  std::vector<std::string> texts(Call&& call) const {
    std::vector<std::string> cells;
    for (const RunOutcome& run : results_.runs) cells.push_back(call(run));
    return cells;
  }
  template <class Call>
  std::vector<std::int64_t> whole(Call&& call) const {
    std::vector<std::int64_t> cells;
    for (const RunOutcome& run : results_.runs) cells.push_back(call(run));
    return cells;
  }
  template <class Call>
  std::vector<double> numbers(Call&& call) const {
    std::vector<double> cells;
    for (const RunOutcome& run : results_.runs) cells.push_back(call(run).value_or(NAN));
    return cells;
  }

  void add_identity() {
    std::vector<std::int64_t> rows, seeds;
    std::vector<std::string> identities, folders, logs, phases, optimizers;
    for (const FrozenRun& run : sweep_.runs) {
      logs.push_back(results_.runs[rows.size()].has_log ? log_of(run).string() : "");
      rows.push_back(static_cast<std::int64_t>(rows.size()));
      identities.push_back(run.identity);
      folders.push_back(run.folder);
      seeds.push_back(run.seed);
      phases.emplace_back(text(phase_of(sweep_.spec, run.seed)));
      optimizers.push_back(optimizer_of(run.settings));
    }
    add("run", std::move(rows));
    add("identity", std::move(identities));
    add("folder", std::move(folders));
    add("log", std::move(logs));
    add("seed", std::move(seeds));
    if (sweep_.spec.protocol == Protocol::deepobs) add("phase", std::move(phases));
    if (std::any_of(optimizers.begin(), optimizers.end(), [](const auto& name) { return !name.empty(); }))
      add("optimizer", std::move(optimizers));
  }

  void add_option(const SweepOption& option) {
    const auto all = [&](auto&& is) { return std::all_of(option.values.begin(), option.values.end(), is); };
    // Where whole sections are chosen by their bare names, this is the column of optimizers once more.
    if (option.path == "optimizer" && names_.contains("optimizer")) return;
    std::string name = option.path;
    std::replace(name.begin(), name.end(), '/', '.');
    runlog::TableColumn::Cells cells;
    if (all([](const Value& value) { return value.is(Value::Kind::integer); })) {
      auto& column = cells.emplace<std::vector<std::int64_t>>();
      for (const Value& value : option.values) column.push_back(value.integer());
    } else if (all([](const Value& value) { return value.is(Value::Kind::null) || value.is_number(); })) {
      auto& column = cells.emplace<std::vector<double>>();
      for (const Value& value : option.values) column.push_back(value.is_number() ? value.number() : NAN);
    } else {
      auto& column = cells.emplace<std::vector<std::string>>();
      for (const Value& value : option.values)
        column.push_back(value.is(Value::Kind::null) ? "" : analysis::option_text(value));
    }
    add(name, std::move(cells)).attributes.set("option", Value::of(option.path));
  }

  void add_metric(std::size_t metric) {
    const analysis::LoggedMetric& logged = results_.metrics[metric];
    const std::string name = runlog::column_name(logged.name());
    const auto describe = [&](runlog::TableColumn& column, const std::string& what) {
      column.attributes.set("name", Value::of(logged.name()));
      column.attributes.set("units", Value::of(logged.column.unit));
      column.attributes.set("direction", Value::of(logged.column.direction));
      column.attributes.set("long_name", Value::of(what + " value of " + axis_label(logged)));
    };
    const auto value_of = [](const std::optional<analysis::MetricPoint>& point) {
      return point ? std::optional(point->value) : std::nullopt;
    };
    runlog::TableColumn& last =
        add(name, numbers([&](const RunOutcome& run) { return value_of(run.last[metric]); }));
    describe(last, "last");
    if (metric == 0) signal_ = last.name;
    if (logged.column.direction.empty()) return;
    describe(add(name + ".best", numbers([&](const RunOutcome& run) { return value_of(run.best[metric]); })),
             "best");
    runlog::TableColumn& step =
        add(name + ".best_step", numbers([&](const RunOutcome& run) {
              const auto& point = run.best[metric];
              return point ? std::optional(static_cast<double>(point->step)) : std::nullopt;
            }));
    step.attributes.set("long_name", Value::of("step of the best value of " + logged.name()));
  }

  void add_costs() {
    const auto known = [](double number) { return number > 0 ? std::optional(number) : std::nullopt; };
    runlog::TableColumn& training =
        add("training_seconds",
            numbers([&](const RunOutcome& run) { return known(run.summary.training_seconds); }));
    training.attributes.set("units", Value::of("s"));
    training.attributes.set("long_name", Value::of("time of training, without evaluation and logging"));
    runlog::TableColumn& wall =
        add("wall_seconds", numbers([](const RunOutcome& run) { return run.summary.seconds; }));
    wall.attributes.set("units", Value::of("s"));
    wall.attributes.set("long_name", Value::of("time of the last row of the log, since the run began"));
    runlog::TableColumn& memory = add("peak_memory_bytes", numbers([&](const RunOutcome& run) {
                                        return known(static_cast<double>(run.summary.peak_memory_bytes));
                                      }));
    memory.attributes.set("units", Value::of("byte"));
    add("reason", texts([](const RunOutcome& run) { return run.summary.reason; }));
  }

  const FrozenSweep& sweep_;
  const SweepResults& results_;
  std::vector<runlog::TableColumn> columns_;
  std::set<std::string> names_;
  std::string signal_;
};

}  // namespace

CollectReport collect_sweep(const FrozenSweep& sweep) {
  // One after the other: both would write the same file.
  const runlog::RunDirectoryLock lock = lock_sweep(sweep.directory);
  const SweepResults results = read_results(sweep, {{}, true});
  runlog::TableFile table;
  const SweepSpec& spec = sweep.spec;
  table.attributes.set("schema", Value::of(schema));
  table.attributes.set("schema_version", Value::of(schema_version));
  table.attributes.set("name", Value::of(sweep.name));
  table.attributes.set("method", Value::of(sweep_method_names()[static_cast<std::size_t>(spec.method)]));
  table.attributes.set("protocol", Value::of(text(spec.protocol)));
  table.attributes.set("objective", Value::of(spec.objective));
  if (spec.target) table.attributes.set("target", Value::of(*spec.target));
  Columns columns(sweep, results);
  table.columns = columns.take();
  table.signal = columns.signal();
  CollectReport report{sweep.directory / files::results, sweep.runs.size(), 0, results.diagnostics};
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    if (!results.runs[run].has_log) continue;
    table.links.push_back({"/runs/" + sweep.runs[run].folder, log_of(sweep.runs[run])});
    ++report.logs;
  }
  runlog::write_table_file(report.file, table);
  return report;
}

std::vector<std::string> verify_collected(const std::filesystem::path& file) {
  return runlog::verify_table_file(file, schema, schema_version);
}

}  // namespace descent::sweep

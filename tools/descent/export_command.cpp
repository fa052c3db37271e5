#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/npz_writer.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/selection.hpp"
#include "descent/base/error.hpp"
#include "descent/run/resume.hpp"
#include "descent/run/trained_run.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "output.hpp"
#include "run_argument.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location, output;
  analysis::LogRequest request;
  bool csv = false, json = false, npz = false;
  std::string state;
  std::vector<std::string> plugin_path;
  run::ChangedPlugins changed_plugins = run::ChangedPlugins::refused;
};

/// Standard output, or a file; text is gathered into large pieces. A file has its name once it is whole; until then an
/// older one is there. What is no plain file, such as a pipe, is written as it is.
class Output {
 public:
  explicit Output(const fs::path& file)
      : name_(file.empty() ? "standard output" : file.string()), file_(file) {
    std::error_code unknown;
    if (!file.empty() && (!fs::exists(file, unknown) || fs::is_regular_file(file, unknown)))
      part_ = file.string() + ".part";
    stream_ = file.empty() ? stdout : std::fopen((part_.empty() ? file : part_).c_str(), "wb");
    if (stream_ == nullptr) throw Error(fmt::format("cannot write '{}': {}", name_, std::strerror(errno)));
  }
  ~Output() {
    if (stream_ != nullptr && stream_ != stdout) std::fclose(stream_);
    std::error_code left_behind;
    if (!part_.empty()) fs::remove(part_, left_behind);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Output& operator<<(std::string_view text) {
    buffer_.append(text.data(), text.data() + text.size());
    if (buffer_.size() > piece) flush();
    return *this;
  }
  void add(std::int64_t number) { fmt::format_to(std::back_inserter(buffer_), "{}", number); }
  /// Every digit; `nan`, `inf` and `-inf` in `quote`s.
  void add(double number, std::string_view quote = "") {
    if (std::isfinite(number))
      fmt::format_to(std::back_inserter(buffer_), "{}", number);
    else
      *this << quote << csv_number(number) << quote;
  }
  void finish() {
    flush();
    std::FILE* stream = std::exchange(stream_, nullptr);
    if (stream == stdout) return program::flush(stream);
    if (std::fclose(stream) != 0) fail();
    if (part_.empty()) return;
    std::error_code error;
    fs::rename(part_, file_, error);
    if (error) throw RunError(fmt::format("cannot write '{}': {}", name_, error.message()));
    part_.clear();
  }

 private:
  static constexpr std::size_t piece = std::size_t{1} << 16;
  void flush() {
    if (stream_ == stdout)
      put_raw(stream_, {buffer_.data(), buffer_.size()});
    else if (std::fwrite(buffer_.data(), 1, buffer_.size(), stream_) != buffer_.size())
      fail();
    buffer_.clear();
  }
  [[noreturn]] void fail() const {
    throw RunError(fmt::format("cannot write '{}': {}", name_, std::strerror(errno)));
  }

  std::string name_;
  fs::path file_, part_;
  std::FILE* stream_ = nullptr;
  fmt::memory_buffer buffer_;
};

/// One set with what was selected of it.
struct ReadSet {
  std::string name;
  std::vector<std::int64_t> steps;
  std::vector<std::string> names;  ///< of the columns, time first where it is exported
  std::vector<std::vector<double>> columns;
};

// The time belongs to whole sets; who names metrics wants these.
std::vector<ReadSet> read_sets(const runlog::LogReader& log, const analysis::Selection& selection,
                               const analysis::LogRequest& request) {
  std::vector<ReadSet> sets;
  for (const analysis::SelectedSet& selected : selection.sets) {
    ReadSet set{selected.name, log.steps(selected.name), {}, {}};
    if (request.metrics.empty()) {
      set.names.push_back("wall_time");
      set.columns.push_back(log.column(selected.name, "wall_time"));
    }
    for (const analysis::LoggedMetric& metric : selected.metrics) {
      set.names.push_back(metric.column.name);
      set.columns.push_back(log.column(selected.name, metric.column.name));
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

// A row for each step at which anything was logged, empty where a set was not due.
void write_csv(const std::vector<ReadSet>& sets, Output& out) {
  out << "step";
  for (const ReadSet& set : sets)
    for (const std::string& name : set.names) out << "," << csv_field(set.name + "/" + name);
  out << "\n";
  std::vector<std::size_t> at(sets.size(), 0);
  for (;;) {
    const std::int64_t* step = nullptr;
    for (std::size_t i = 0; i < sets.size(); ++i)
      if (at[i] < sets[i].steps.size() && (step == nullptr || sets[i].steps[at[i]] < *step))
        step = &sets[i].steps[at[i]];
    if (step == nullptr) return;
    const std::int64_t now = *step;
    out.add(now);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const bool due = at[i] < sets[i].steps.size() && sets[i].steps[at[i]] == now;
      for (const std::vector<double>& column : sets[i].columns) {
        out << ",";
        if (due) out.add(column[at[i]]);
      }
      if (due) ++at[i];
    }
    out << "\n";
  }
}

void write_json(const std::vector<ReadSet>& sets, Output& out) {
  out << "{";
  for (std::size_t i = 0; i < sets.size(); ++i) {
    out << (i == 0 ? "\n" : ",\n") << runlog::json_text(sets[i].name) << ": {\n  \"step\": [";
    for (std::size_t row = 0; row < sets[i].steps.size(); ++row) {
      if (row > 0) out << ", ";
      out.add(sets[i].steps[row]);
    }
    out << "]";
    for (std::size_t column = 0; column < sets[i].columns.size(); ++column) {
      out << ",\n  " << runlog::json_text(sets[i].names[column]) << ": [";
      for (std::size_t row = 0; row < sets[i].columns[column].size(); ++row) {
        if (row > 0) out << ", ";
        out.add(sets[i].columns[column][row], "\"");
      }
      out << "]";
    }
    out << "}";
  }
  out << "\n}\n";
}

void write_series(const runlog::LogReader& log, const runlog::SeriesInfo& series, analysis::NpyType scalar,
                  analysis::NpzWriter& out) {
  const std::vector<std::int64_t> steps = log.snapshot_steps(series.path);
  const std::int64_t count = series.snapshots;
  out.begin(series.path + "_step", analysis::NpyType::int64, {count});
  out.write(steps);
  std::vector<std::int64_t> extents = {count};
  for (const std::int64_t extent : series.shape.extents()) extents.push_back(extent);
  out.begin(series.path, series.histogram ? analysis::NpyType::int64 : scalar, extents);
  for (std::int64_t i = 0; i < count; ++i) out.write(log.snapshot(series.path, i));
  if (!series.histogram) return;
  out.begin(series.path + "_limits", analysis::NpyType::float64, {count, 2});
  for (std::int64_t i = 0; i < count; ++i) {
    const auto [lower, upper] = log.limits(series.path, i);
    const double limits[] = {lower, upper};
    out.write(std::span<const double>(limits));
  }
}

void write_npz(const runlog::LogReader& log, const analysis::Selection& selection,
               const std::vector<ReadSet>& sets, const fs::path& file) {
  const Value attributes = log.attributes();
  const Value* scalar = attributes.find("scalar");
  const bool is_float = scalar != nullptr && scalar->is(Value::Kind::text) && scalar->text() == "float";
  analysis::NpzWriter out(file);
  for (const ReadSet& set : sets) {
    const auto rows = static_cast<std::int64_t>(set.steps.size());
    out.begin(set.name + "/step", analysis::NpyType::int64, {rows});
    out.write(set.steps);
    for (std::size_t column = 0; column < set.columns.size(); ++column) {
      out.begin(set.name + "/" + set.names[column], analysis::NpyType::float64, {rows});
      out.write(set.columns[column]);
    }
  }
  for (const runlog::SeriesInfo& series : selection.series)
    write_series(log, series, is_float ? analysis::NpyType::float32 : analysis::NpyType::float64, out);
  out.finish();
}

/// The model's parameters and buffers as the run is evaluated, each under its own name.
void write_state(const Arguments& arguments) {
  const fs::path directory = analysis::run_at(arguments.location);
  Registry registry = make_registry(arguments.plugin_path);
  run::RestoredRun run(directory, run::find_checkpoint(directory, arguments.state), registry, {},
                       arguments.changed_plugins);
  const train::Training::EvaluationPoint here(run.training());
  analysis::NpzWriter out(arguments.output);
  const auto write = [&](const std::string& name, const Tensor& tensor) {
    const auto extents = tensor.shape().extents();
    out.begin(name, sizeof(Scalar) == 4 ? analysis::NpyType::float32 : analysis::NpyType::float64,
              {extents.begin(), extents.end()});
    out.write(tensor.to_doubles());
  };
  for (const auto& parameter : run.training().registrar().parameters())
    write(parameter->name, parameter->variable.value());
  for (const auto& buffer : run.training().registrar().buffers()) write(buffer->name(), buffer->value());
  out.finish();
}

int export_run(const Arguments& arguments) {
  if (arguments.csv + arguments.json + arguments.npz != 1)
    throw Error("say one of --csv, --json and --npz: in which format to export");
  if (!arguments.npz && !arguments.request.series.empty())
    throw Error("--tensor needs --npz: tensors do not fit into a table");
  if (arguments.npz && arguments.output.empty())
    throw Error("--npz needs -o FILE.npz: an archive is not for the screen");
  if (!arguments.state.empty()) {
    const analysis::LogRequest& request = arguments.request;
    if (!arguments.npz || !(request.sets.empty() && request.metrics.empty() && request.series.empty()))
      throw Error("--state exports parameters and buffers alone, and needs --npz");
    sweep::require_replaceable(arguments.output);
    write_state(arguments);
    return exit_done;
  }
  const bool is_file = analysis::is_other_file(arguments.location);
  const fs::path run = is_file ? fs::path() : analysis::run_at(arguments.location);
  const fs::path file = is_file ? fs::path(arguments.location) : run / runlog::files::log;
  const runlog::LogReader log = is_file ? runlog::LogReader(file) : run::log_of_run(run);
  std::error_code not_there_yet;
  if (fs::equivalent(arguments.output, file, not_there_yet))
    throw Error(fmt::format("'{}' is the log itself: export to another file", arguments.output.string()));
  if (!arguments.output.empty()) sweep::require_replaceable(arguments.output);
  const analysis::Selection selection = select(log, arguments.request);
  const std::vector<ReadSet> sets = read_sets(log, selection, arguments.request);
  if (arguments.npz) {
    write_npz(log, selection, sets, arguments.output);
    return exit_done;
  }
  Output out(arguments.output);
  arguments.csv ? write_csv(sets, out) : write_json(sets, out);
  out.finish();
  return exit_done;
}

}  // namespace

void add_export(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("export", "Write a run's metrics and tensors for other programs");
  command.argument("RUN", arguments->location, "the run's directory");
  command.flag("--csv", arguments->csv, "a table: one row for each step, one column for each metric");
  command.flag("--json", arguments->json, "an object for each metric set, an array for each metric");
  command.flag("--npz", arguments->npz, "numpy's arrays; needs -o");
  command.option("-o,--output FILE", arguments->output, "write to FILE instead of standard output");
  command.option("--set NAME", arguments->request.sets,
                 "a whole metric set: train; may be given several times");
  command.option("--metric NAME", arguments->request.metrics, "one metric; may be given several times");
  command.option(
      "--tensor NAME", arguments->request.series,
      "with --npz: tensors, histograms and samples by path, with * and ?; may be given several times");
  command.option("--state WHICH", arguments->state,
                 "with --npz: parameters and buffers, each under its name, as they are evaluated: final, "
                 "best, step_N, or a "
                 "checkpoint's file");
  add_plugin_path(command, arguments->plugin_path);
  add_changed_plugins(command, arguments->changed_plugins);
  command.footer(
      R"help(Without --set, --metric and --tensor every metric is exported; 'descent show' lists what there is. Metrics are called
SET/METRIC, as in train/objective. What was not due at a step is empty in CSV; what was measured as not a number is nan
(in JSON the text "nan"). Every digit is kept. Rows are checked against their checksums: of a damaged log nothing is
written, and the damage is named.

An .npz holds each set's steps (train/step), times and metrics, and of a tensor series its snapshots (first dimension)
and their steps (tensors/generator.0.weight/value_step).

Examples:
  descent export runs/gan_ring/seed=1 --csv -o metrics.csv
  descent export runs/gan_ring/seed=1 --csv --metric mode_coverage/modes
  descent export runs/gan_ring/seed=1 --json --set train
  descent export runs/gan_ring/seed=1 --npz -o run.npz --set train --tensor 'generator.*/value'
  descent export runs/gan_ring/seed=1 --npz -o gan_ring.npz --state final
  python3 -c "import numpy; print(numpy.load('run.npz')['train/step'])")help");
  command.action([arguments] { return export_run(*arguments); });
}

}  // namespace descent::program

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/metrics.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/run_files.hpp"
#include "output.hpp"
#include "sparkline.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location, snapshot;
  bool once = false;
  bool all = false;
  Format format = Format::text;
};

/// The rows of a log, read piece by piece as they come. A resumed run has a log that is shorter again.
class GrowingLog {
 public:
  explicit GrowingLog(fs::path file) : file_(std::move(file)) {}

  /// Reads what is new; false: there is no log yet.
  bool refresh() {
    struct stat now {};
    if (stat(file_.c_str(), &now) != 0) return false;
    if (log_ && now.st_ino == inode_)
      log_->refresh();
    else
      log_.emplace(file_);
    if (now.st_ino != inode_) columns_.clear();
    inode_ = now.st_ino;
    metrics_ = analysis::metrics_of(*log_);
    for (const analysis::LoggedMetric& metric : metrics_)
      read_new(metric.name(), metric.set, metric.column.name);
    return true;
  }

  const std::vector<analysis::LoggedMetric>& metrics() const { return metrics_; }
  const std::vector<double>& values(const analysis::LoggedMetric& metric) const {
    return columns_.at(metric.name());
  }
  /// Of its last row.
  std::int64_t last_step(const std::string& set) const {
    return log_->steps(set, log_->rows(set) - 1, 1).front();
  }
  /// Steps per second over the last rows of training; nothing before there are two.
  std::optional<double> rate() const {
    constexpr std::int64_t over = 64;
    const std::int64_t rows = log_->rows("train"), count = std::min(rows, over);
    if (count < 2) return std::nullopt;
    const auto steps = log_->steps("train", rows - count, count);
    const auto times = log_->column("train", "wall_time", rows - count, count);
    const double seconds = times.back() - times.front();
    if (seconds <= 0) return std::nullopt;
    return static_cast<double>(steps.back() - steps.front()) / seconds;
  }

 private:
  void read_new(const std::string& name, const std::string& set, const std::string& column) {
    std::vector<double>& known = columns_[name];
    const std::int64_t rows = log_->rows(set);
    const auto have = static_cast<std::int64_t>(known.size());
    if (rows <= have) return;
    const std::vector<double> more = log_->column(set, column, have, rows - have);
    known.insert(known.end(), more.begin(), more.end());
  }

  fs::path file_;
  std::optional<runlog::LogReader> log_;
  ino_t inode_ = 0;
  std::vector<analysis::LoggedMetric> metrics_;
  std::map<std::string, std::vector<double>> columns_;
};

std::string head_line(const analysis::RunSummary& run, const std::optional<double>& rate,
                      const Terminal& terminal) {
  const std::string word = text(run.status);
  const std::string status = run.went_wrong() ? terminal.red(word) : terminal.green(word);
  std::string line = fmt::format("{}  {}  step {}", terminal.bold(run.directory.string()), status, run.step);
  if (run.total_steps) line += fmt::format(" of {}", *run.total_steps);
  if (rate && *rate >= 1) line += fmt::format("  {:.{}f} steps/s", *rate, *rate < 10 ? 1 : 0);
  if (rate && *rate < 1) line += fmt::format("  {:.1f} s/step", 1 / *rate);
  if (rate && run.is_live() && run.total_steps && *run.total_steps > run.step)
    line += fmt::format("  {} left", rough_time(static_cast<double>(*run.total_steps - run.step) / *rate));
  if (run.seconds) line += fmt::format("  {} so far", rough_time(*run.seconds));
  return line;
}

// One row for each metric: its last value, the step it is of, and its way there.
std::vector<std::string> table_lines(const GrowingLog& log, bool all, const Terminal& terminal) {
  std::vector<const analysis::LoggedMetric*> shown;
  std::size_t width = 6;
  for (const analysis::LoggedMetric& metric : log.metrics()) {
    if (!all && metric.is_of_one_parameter()) continue;
    shown.push_back(&metric);
    width = std::max(width, display_width(metric.name()));
  }
  constexpr std::size_t numbers = 12 + 2 + 9 + 2;  // the columns between name and curve
  const auto columns = static_cast<std::size_t>(terminal.width());
  const std::size_t left = columns > width + numbers + 3 ? columns - width - numbers - 3 : 8;
  std::vector<std::string> lines = {terminal.bold(
      fmt::format("{:<{}}  {:>12}  {:>9}  {}", "metric", width, "last", "step", "from the first step on"))};
  for (const analysis::LoggedMetric* metric : shown) {
    const std::vector<double>& values = log.values(*metric);
    const std::string name = metric->name() + std::string(width - display_width(metric->name()), ' ');
    if (values.empty())
      lines.push_back(fmt::format("{}  {:>12}", name, "-"));
    else
      lines.push_back(fmt::format("{}  {:>12}  {:>9}  {}", name, cell_text(Value::of(values.back())),
                                  log.last_step(metric->set),
                                  sparkline(values, std::min<std::size_t>(left, 40), terminal.unicode)));
  }
  return lines;
}

// The same for programs: a row for each metric, and one without a metric where there is none yet.
DataTable table_of(const analysis::RunSummary& run, GrowingLog& log, bool all) {
  DataTable table;
  table.columns = {{"run"}, {"status"}, {"step"}, {"total_steps"}, {"metric"}, {"last"}, {"last_step"}};
  const auto add = [&](Value metric, Value last, Value last_step) {
    table.add({Value::of(run.directory.string()), Value::of(text(run.status)), Value::of(run.step),
               run.total_steps ? Value::of(*run.total_steps) : Value(), std::move(metric), std::move(last),
               std::move(last_step)});
  };
  if (log.refresh())
    for (const analysis::LoggedMetric& metric : log.metrics()) {
      if (!all && metric.is_of_one_parameter()) continue;
      const std::vector<double>& values = log.values(metric);
      if (values.empty())
        add(Value::of(metric.name()), Value(), Value());
      else
        add(Value::of(metric.name()), Value::of(values.back()), Value::of(log.last_step(metric.set)));
    }
  if (table.rows.empty()) add(Value(), Value(), Value());
  return table;
}

std::vector<std::string> frame_of(const analysis::RunSummary& run, GrowingLog& log, bool all,
                                  const Terminal& terminal) {
  const bool has_log = log.refresh();
  std::vector<std::string> lines = {head_line(run, has_log ? log.rate() : std::nullopt, terminal)};
  if (!run.reason.empty()) lines.push_back(run.reason.substr(0, run.reason.find('\n')));
  lines.push_back("");
  if (!has_log) {
    lines.push_back("no log yet: it is written from the first step on");
    return lines;
  }
  const std::vector<std::string> table = table_lines(log, all, terminal);
  lines.insert(lines.end(), table.begin(), table.end());
  return lines;
}

/// Frames over each other on a terminal, under each other elsewhere.
class Screen {
 public:
  explicit Screen(const Terminal& terminal) : terminal_(terminal) {}

  void show(std::vector<std::string> lines) {
    if (!terminal_.interactive) {
      if (lines == shown_) return;
      if (!shown_.empty()) print("\n");
      for (const std::string& line : lines) print("{}\n", line);
    } else {
      fit(lines);
      // Back to where the last frame began, and away with what is below. Lines are cut, not wrapped: a frame
      // has as many rows as lines.
      if (!shown_.empty()) put_raw(stdout, fmt::format("\x1b[{}F", shown_.size()));
      put_raw(stdout, "\x1b[?7l");
      for (const std::string& line : lines) {
        put(stdout, line);
        put_raw(stdout, "\x1b[K\n");
      }
      put_raw(stdout, "\x1b[J\x1b[?7h");
    }
    shown_ = std::move(lines);
    flush(stdout);
  }

 private:
  // What scrolled out could not be drawn over.
  void fit(std::vector<std::string>& lines) const {
    const auto height = static_cast<std::size_t>(std::max(terminal_.height() - 1, 4));
    if (lines.size() <= height) return;
    const std::size_t hidden = lines.size() - height + 1;
    lines.resize(height - 1);
    lines.push_back(fmt::format("... and {} more; a higher window shows them", hidden));
  }

  Terminal terminal_;
  std::vector<std::string> shown_;
};

int write_snapshot(const Arguments& arguments, const fs::path& directory) {
  if (arguments.once || arguments.all)
    throw Error("--snapshot writes a file and shows nothing: leave out --once and --all");
  analysis::require_no_file_of_a_run(arguments.snapshot);
  const fs::path log = directory / runlog::files::log;
  if (!fs::exists(log))
    throw Error(
        fmt::format("the run '{}' has no log yet: it is written from the first step on", directory.string()));
  runlog::copy_log(log, arguments.snapshot);
  const runlog::LogReader copy(arguments.snapshot);
  const std::int64_t rows = copy.rows("train");
  const std::int64_t step = rows == 0 ? 0 : copy.steps("train", rows - 1, 1).front();
  if (arguments.format == Format::text) {
    print("{}: a copy of the log up to step {}, which any program can open\n", arguments.snapshot.string(),
          step);
    return exit_done;
  }
  DataTable table;
  table.columns = {{"run"}, {"file"}, {"step"}};
  table.add({Value::of(directory.string()), Value::of(arguments.snapshot.string()), Value::of(step)});
  print(table, arguments.format);
  return exit_done;
}

int watch(const Arguments& arguments) {
  const fs::path directory = analysis::run_at(arguments.location);
  if (!arguments.snapshot.empty()) return write_snapshot(arguments, directory);
  const Terminal terminal = terminal_of(stdout);
  GrowingLog log(directory / runlog::files::log);
  Screen screen(terminal);
  std::vector<std::vector<Value>> printed;
  for (;;) {
    // How it stands is asked first: what is read after the end of a run is all there is.
    const analysis::RunSummary run = analysis::summarize_run(directory);
    if (run.status == runlog::RunStatus::damaged) throw Error(run.reason);
    if (arguments.format == Format::text) {
      screen.show(frame_of(run, log, arguments.all, terminal));
    } else if (DataTable table = table_of(run, log, arguments.all); table.rows != printed) {
      if (!printed.empty()) print("\n");
      print(table, arguments.format);
      flush(stdout);
      printed = std::move(table.rows);
    }
    if (arguments.once) return exit_done;
    if (!run.is_live()) return run.went_wrong() ? exit_failed : exit_done;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

void add_watch(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("watch", "Show a run's last values while it trains");
  command.argument("RUN", arguments->location, "the run's directory");
  command.flag("--once", arguments->once, "print how it stands now, and leave");
  command.flag("--all", arguments->all, "the optimizer's measures of single parameters too");
  command.option("--snapshot FILE", arguments->snapshot,
                 "write what the log holds now into FILE, for programs that open no log that is being "
                 "written, and leave");
  add_format(command, arguments->format);
  command.footer(
      R"(Reads the log beside the run that writes it, each second, and changes nothing; Ctrl-C ends the watching, not the run.
Each metric has its last value, the step it is of, and its course: a sparkline from its least to its greatest value, each
character the mean of an equal share of the rows (where the terminal is not UTF-8, digits from 0 to 9), an x where
nothing was finite.

It ends when the run ends, with code 1 when that went wrong. Where nobody looks (a pipe), frames stand under each other;
with --json or --csv each is a table of its own, without the courses.

Examples:
  descent run experiments/gan_ring.yaml --quiet & descent watch runs/gan_ring/seed=1
  descent watch runs/gan_ring/seed=1 --once
  descent watch runs/gan_ring/seed=1 --snapshot now.h5 && silx view now.h5)");
  command.action([arguments] { return watch(*arguments); });
}

}  // namespace descent::program

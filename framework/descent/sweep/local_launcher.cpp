#include "descent/sweep/local_launcher.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "descent/base/file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

constexpr auto grace = std::chrono::seconds(5);
constexpr auto glance = std::chrono::milliseconds(200);
constexpr std::size_t kept_lines = 10;
constexpr const char* errors_file = runlog::files::errors;
// Our own program's exit codes: where another process has the run, and above which a signal has stopped it.
constexpr int refused = 2, stopped_by_signal = 128;
constexpr const char* under_limit = ", under its limit of ";

// A folder that was deleted meanwhile has no status: the next call makes it anew.
void keep_status(const fs::path& run, const runlog::RunState& state) {
  std::error_code error;
  if (fs::is_directory(run, error)) write_status(run, state);
}

// A run listens for these signals, and ends in order; one that they killed had not come so far.
bool was_asked_to_end(const ProcessEnd& end) {
  return end.signal == SIGTERM || end.signal == SIGINT || end.signal == SIGHUP;
}

std::string end_text(const ProcessEnd& end) {
  if (end.signal != 0) return fmt::format("killed by signal {} ({})", end.signal, strsignal(end.signal));
  return fmt::format("the process left with exit code {} before the run had ended", end.exit_code);
}

// A process that the run has left behind, and that was killed with it, may hold the run's lock a moment
// longer.
RunProgress progress_left_by(const fs::path& run) {
  constexpr int tries = 100;
  RunProgress progress = progress_of(run);
  for (int i = 0; progress.held && i < tries; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    progress = progress_of(run);
  }
  return progress;
}

// `2 GiB`, as a sweep's file has it.
std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t mebibyte = 1 << 20, gibibyte = 1 << 30;
  return bytes % gibibyte == 0 ? fmt::format("{} GiB", bytes / gibibyte)
                               : fmt::format("{} MiB", bytes / mebibyte);
}

// Our own program says last why it leaves with 1 or 2; a plugin may leave with any code, and say nothing.
std::string reason_of(const ProcessEnd& end, const fs::path& run, const std::vector<std::string>& said) {
  std::error_code error;
  if (!fs::exists(run, error)) return "its folder was deleted while it was played";
  const bool says_why = end.signal == 0 && (end.exit_code == 1 || end.exit_code == 2) && !said.empty();
  return says_why ? said.back() : end_text(end);
}

}  // namespace

struct LocalLauncher::Playing {
  Task task;
  Descriptor claimed;
  Process process;
  Clock::time_point begun = Clock::now();
  bool timed_out = false;
  Clock::time_point told{};
};

LocalLauncher::LocalLauncher(const FrozenSweep& sweep, Scheduler& scheduler, LaunchOptions options)
    : sweep_(sweep), scheduler_(scheduler), options_(std::move(options)) {}

LocalLauncher::~LocalLauncher() = default;

bool LocalLauncher::stopping() const {
  return (options_.stop != nullptr && *options_.stop) || (failed_ && options_.fail_fast);
}

void LocalLauncher::run() {
  adopt_orphans();
  while (true) {
    if (!stopping()) {
      look_elsewhere();
      begin_more();
    } else if (!was_told_to_stop_) {
      ask_to_stop();
    }
    if (playing_.empty() && elsewhere_.empty()) return;
    if (options_.alive) options_.alive(playing_.size(), elsewhere_.size());
    wait_for_ends();
    limit_times();
  }
}

void LocalLauncher::ask_to_stop() {
  was_told_to_stop_ = true;
  told_to_stop_ = Clock::now();
  elsewhere_.clear();
  for (const Playing& playing : playing_) playing.process.signal(SIGTERM);
}

void LocalLauncher::begin_more() {
  while (static_cast<std::int64_t>(playing_.size()) < options_.jobs) {
    const auto task = scheduler_.next();
    if (!task) return;
    if (!begin(*task)) elsewhere_.push_back(*task);
  }
}

// Nothing: another process has the run. Throws RunError where the folder is not to be had.
std::optional<Descriptor> LocalLauncher::claim(const Task& task) {
  if (options_.restore && has_lost_folder(sweep_, task.run)) options_.restore(task.run);
  std::optional<Descriptor> claimed = runlog::try_lock_folder(sweep_.directory_of(task.run));
  if (claimed && progress_of(sweep_.directory_of(task.run)).held) claimed.reset();
  return claimed;
}

// False: another process has the run.
bool LocalLauncher::begin(const Task& task) {
  const fs::path run = sweep_.directory_of(task.run);
  std::optional<Descriptor> claimed;
  try {
    claimed = claim(task);
  } catch (const RunError& error) {
    tell_end(task, {runlog::RunStatus::failed, 0, error.what()});
    return true;
  }
  if (!claimed) return false;
  using Mode = Redirection::Mode;
  std::vector<std::string> command = options_.program;
  command.push_back(run.string());
  if (task.until > 0) {
    command.emplace_back("--until");
    command.push_back(std::to_string(task.until));
  }
  Process process(
      {.command = command,
       .redirections = {{.descriptor = STDIN_FILENO, .file = "/dev/null"},
                        {.descriptor = STDOUT_FILENO, .file = "/dev/null", .mode = Mode::write},
                        {.descriptor = STDERR_FILENO, .file = run / errors_file, .mode = Mode::append}},
       .own_group = true,
       .ends_with_thread = true,
       .memory_bytes = sweep_.spec.memory_bytes});
  playing_.push_back({task, std::move(*claimed), std::move(process)});
  return true;
}

// What others had and no longer have: it has ended, or is ours to go on with.
void LocalLauncher::look_elsewhere() {
  if (elsewhere_.empty() || Clock::now() - looked_elsewhere_ < glance) return;
  looked_elsewhere_ = Clock::now();
  std::vector<Task> still;
  for (const Task& task : elsewhere_) {
    const fs::path run = sweep_.directory_of(task.run);
    const RunProgress progress = progress_of(run);
    const bool reached = task.until > 0 && progress.state.status == runlog::RunStatus::stopped &&
                         progress.state.step >= task.until;
    if (progress.held || (!progress.ended() && !reached)) {
      const bool free = !progress.held && static_cast<std::int64_t>(playing_.size()) < options_.jobs;
      if (!free || !begin(task)) still.push_back(task);
      continue;
    }
    tell_end(task, progress.state);
  }
  elsewhere_ = std::move(still);
}

// Whether a process has ended is asked of the system, for each: a plugin may have closed its files, or left
// them to a process of its own.
void LocalLauncher::wait_for_ends() {
  std::vector<pollfd> lives;
  for (const Playing& playing : playing_) lives.push_back({playing.process.life(), POLLIN, 0});
  poll(lives.data(), static_cast<nfds_t>(lives.size()), static_cast<int>(glance.count()));
  for (auto playing = playing_.begin(); playing != playing_.end();) {
    const std::optional<ProcessEnd> ended = playing->process.end();
    if (ended) end(*playing, *ended);
    playing = ended ? playing_.erase(playing) : std::next(playing);
  }
}

void LocalLauncher::limit_times() {
  const auto now = Clock::now();
  for (Playing& playing : playing_) {
    const double seconds = std::chrono::duration<double>(now - playing.begun).count();
    if (!playing.timed_out && sweep_.spec.timeout_seconds > 0 && seconds > sweep_.spec.timeout_seconds) {
      playing.timed_out = true;
      playing.told = now;
      playing.process.signal(SIGTERM);
    }
    const bool out_of_time = playing.timed_out && now - playing.told > grace;
    const bool out_of_patience = was_told_to_stop_ && now - told_to_stop_ > options_.patience;
    if (out_of_time || out_of_patience) playing.process.kill_group();
  }
}

void LocalLauncher::end(Playing& playing, const ProcessEnd& end) {
  const fs::path run = sweep_.directory_of(playing.task.run);
  end_orphans();  // the run's own while it lived, whatever group they are in
  const RunProgress progress = progress_left_by(run);
  const bool ended = progress.ended() && end.signal == 0;
  if (progress.held && (!ended || end.exit_code == refused)) {  // another process took it before ours could
    elsewhere_.push_back(playing.task);
    return;
  }
  runlog::RunState state = progress.state;
  // One that failed before its first step says of itself what it was.
  const bool reached = playing.task.until > 0 && state.step >= playing.task.until;
  const bool paused = state.status == runlog::RunStatus::stopped && end.signal == 0 &&
                      (reached || end.exit_code > stopped_by_signal);
  state.peak_memory_bytes = std::max(state.peak_memory_bytes, end.peak_memory_bytes);
  if (playing.timed_out && !ended) {
    state.status = runlog::RunStatus::timeout;
    state.reason = fmt::format("took longer than {:g} s", sweep_.spec.timeout_seconds);
    state.error = last_lines(run / errors_file, kept_lines);
    keep_status(run, state);
  } else if (!ended && options_.survives_kill && end.signal == SIGKILL) {
    state.reason = end_text(end);
    keep_status(run, state);
  } else if (!ended && !paused && !was_told_to_stop_ && !was_asked_to_end(end)) {
    const bool said_why = state.status == runlog::RunStatus::failed && end.signal != 0 &&
                          state.reason.starts_with(end_text(end));
    state.status = runlog::RunStatus::failed;
    state.error = last_lines(run / errors_file, kept_lines);
    if (!said_why) state.reason = reason_of(end, run, state.error);
    name_limit(state);
    keep_status(run, state);
  } else if (state.status == runlog::RunStatus::failed && name_limit(state)) {
    keep_status(run, state);
  }
  std::error_code error;
  if (fs::file_size(run / errors_file, error) == 0) fs::remove(run / errors_file, error);
  tell_end(playing.task, state);
}

// What a run failed by says nothing of its limit. False: that had no part in it, or is told.
bool LocalLauncher::name_limit(runlog::RunState& state) const {
  const std::int64_t limit = sweep_.spec.memory_bytes;
  const bool for_memory = state.reason.find("bad_alloc") != std::string::npos ||
                          state.reason.find(std::strerror(ENOMEM)) != std::string::npos;
  if (limit == 0 || !for_memory || state.reason.find(under_limit) != std::string::npos) return false;
  state.reason += under_limit + size_text(limit);
  return true;
}

void LocalLauncher::tell_end(const Task& task, const runlog::RunState& state) {
  failed_ =
      failed_ || state.status == runlog::RunStatus::failed || state.status == runlog::RunStatus::timeout;
  scheduler_.ended(task, state);
  if (options_.ended) options_.ended(task, state);
}

}  // namespace descent::sweep

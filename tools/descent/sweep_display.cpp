#include "sweep_display.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "descent/base/text.hpp"
#include "descent/sweep/setting_results.hpp"
#include "output.hpp"
#include "progress_display.hpp"
#include "statistics_columns.hpp"

namespace descent::program {

static constexpr auto least_between = std::chrono::milliseconds(100);

SweepDisplay::SweepDisplay(const Terminal& terminal, const sweep::FrozenSweep& sweep, bool quiet)
    : terminal_(terminal), sweep_(sweep), quiet_(quiet) {
  count();
}

void SweepDisplay::count() {
  for (std::size_t run = 0; run < sweep_.runs.size(); ++run) {
    const sweep::RunProgress progress = sweep::progress_of(sweep_.directory_of(run));
    statuses_[run] = progress.state.status;
  }
  read_results();
}

void SweepDisplay::read_results() {
  if (!sweep_.spec.objective.empty()) results_ = sweep::read_results(sweep_, {{}, false, true});
  best_is_old_ = true;
}

std::string SweepDisplay::best() const {
  const auto values = sweep::ranked_values(sweep_, results_);
  if (!values) return "";
  const sweep::SweepReport report = sweep::report_of(sweep_, results_, *values);
  const sweep::SettingResult* best = sweep::best_of_all(report);
  if (best == nullptr) return "";
  const std::size_t seeds = best->statistics.count;
  const bool several = best->runs.size() > 1;
  // What it took to reach a target has a long name.
  const bool is_effort = sweep_.spec.protocol == sweep::Protocol::time_to_target;
  return fmt::format("best {} {:.6g}{}{}", is_effort ? values->unit : sweep_.spec.objective,
                     best->statistics.mean,
                     several ? fmt::format(" (mean over {})", counted_text(seeds, "seed")) : "",
                     best->folder.empty() ? "" : " at " + best->folder);
}

void SweepDisplay::ended(const sweep::Task& task, const runlog::RunState& state) {
  statuses_[task.run] = state.status;
  ++ended_here_;
  if (task.run < results_.runs.size()) {
    sweep::read_objective_again(sweep_, task.run, results_);
    best_is_old_ = true;
  }
  const bool wrong = state.status == runlog::RunStatus::failed ||
                     state.status == runlog::RunStatus::timeout ||
                     state.status == runlog::RunStatus::diverged;
  if (!wrong || quiet_) return;
  draw("");
  print(terminal_.stream, "{} {}: {}\n", terminal_.red(text(state.status)), sweep_.runs[task.run].folder,
        state.reason);
}

std::size_t SweepDisplay::failures() const {
  std::size_t count = 0;
  for (const auto& [run, status] : statuses_)
    count += status == runlog::RunStatus::failed || status == runlog::RunStatus::timeout ? 1 : 0;
  return count;
}

std::size_t SweepDisplay::done() const {
  return static_cast<std::size_t>(std::count_if(statuses_.begin(), statuses_.end(), [](const auto& run) {
    return run.second == runlog::RunStatus::done;
  }));
}

std::size_t SweepDisplay::missing() const {
  std::size_t count = 0;
  for (const auto& [run, status] : statuses_)
    count += status == runlog::RunStatus::pending || status == runlog::RunStatus::running ||
                     status == runlog::RunStatus::stopped
                 ? 1
                 : 0;
  return count;
}

std::string SweepDisplay::line(bool at_work) const {
  std::map<runlog::RunStatus, std::size_t> counts;
  for (const auto& [run, status] : statuses_) ++counts[status];
  std::vector<std::string> parts;
  const auto add = [&](std::size_t count, const char* word) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, word));
  };
  const std::size_t waiting = missing(), active = std::min(waiting, running_ + elsewhere_);
  add(counts[runlog::RunStatus::done], "done");
  add(active, "running");
  // While it is at work, those that have stopped are its to go on with.
  const std::size_t stopped = at_work ? 0 : counts[runlog::RunStatus::stopped];
  add(waiting - active - stopped, "pending");
  add(stopped, "stopped");
  add(counts[runlog::RunStatus::diverged], "diverged");
  add(counts[runlog::RunStatus::failed], "failed");
  add(counts[runlog::RunStatus::timeout], "timed out");
  add(counts[runlog::RunStatus::skipped], "not promoted");
  std::string text = fmt::format("{}: {}", counted(std::ssize(statuses_), "run"), join(parts));
  const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  if (at_work && ended_here_ > 0 && waiting > 0)
    text += fmt::format(", {} left", duration_text(seconds / static_cast<double>(ended_here_) *
                                                   static_cast<double>(waiting)));
  return best_.empty() ? text : text + "; " + best_;
}

void SweepDisplay::draw(const std::string& text) {
  if (!terminal_.interactive) return;
  put_raw(terminal_.stream, "\r\x1b[K");
  put(terminal_.stream, shortened(text, static_cast<std::size_t>(terminal_.width()) - 1));
  flush(terminal_.stream);
}

void SweepDisplay::alive(std::size_t running, std::size_t elsewhere) {
  running_ = running;
  elsewhere_ = elsewhere;
  // Runs that a protocol has added since.
  for (std::size_t run = statuses_.size(); run < sweep_.runs.size(); ++run)
    statuses_[run] = runlog::RunStatus::pending;
  if (results_.runs.size() < sweep_.runs.size()) read_results();
  if (quiet_ || !terminal_.interactive || Clock::now() - drawn_ < least_between) return;
  drawn_ = Clock::now();
  if (std::exchange(best_is_old_, false)) best_ = best();
  draw(line(true));
}

void SweepDisplay::finish() {
  count();
  draw("");
  running_ = elsewhere_ = 0;
  best_ = best();
  print("{}\n", line(false));
}

}  // namespace descent::program

#include "descent/sweep/halving.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "descent/experiment/yaml.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/json.hpp"
#include "descent/sweep/objective.hpp"

namespace descent {

namespace fs = std::filesystem;

namespace {

constexpr double out = -std::numeric_limits<double>::infinity();

fs::path journal_of(const FrozenSweep& sweep) {
  return sweep.directory / "journal.jsonl";
}

std::int64_t total_steps(const fs::path& run) {
  Problems problems;
  const Value experiment = read_yaml(run / "experiment.yaml", problems);
  problems.throw_if_any();
  return experiment.find("trainer")->find("steps")->integer();
}

}  // namespace

Halving::Halving(const FrozenSweep& sweep) : sweep_(sweep) {
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    const std::string folder = fs::path(sweep.runs[run].folder).parent_path().string();
    if (trials_.empty() || trials_.back().folder != folder) trials_.push_back({folder, {}, {}, 0, {}});
    trials_.back().runs.push_back(run);
    trial_of_[run] = trials_.size() - 1;
  }
  const std::int64_t total = total_steps(sweep.directory_of(0));
  for (std::int64_t steps = sweep.spec.first_rung; steps < total; steps *= sweep.spec.reduction)
    rungs_.push_back(steps);
  rungs_.push_back(0);
  read_journal();
}

// What the journal says that this object did not know yet.
void Halving::read_journal() {
  std::ifstream stream(journal_of(sweep_));
  std::string line;
  // A line that was cut by a kill has no end, and stands for nothing: what it granted was never begun.
  for (std::size_t number = 0; std::getline(stream, line) && !stream.eof(); ++number) {
    if (number < journal_lines_) continue;
    ++journal_lines_;
    Problems problems;
    const Value entry = parse_yaml(line, journal_of(sweep_).string(), problems);
    const Value *folder = entry.find("configuration"), *rung = entry.find("rung");
    if (!problems.empty() || folder == nullptr || rung == nullptr) continue;
    const auto trial = std::find_if(trials_.begin(), trials_.end(),
                                    [&](const Trial& other) { return other.folder == folder->text(); });
    const auto index = static_cast<std::size_t>(rung->integer());
    if (trial != trials_.end() && index < rungs_.size()) grant(*trial, index);
  }
}

void Halving::grant(Trial& trial, std::size_t rung) {
  if (trial.rung && *trial.rung >= rung) return;
  // Rungs on the way were completed by whoever granted this one.
  if (trial.rung && !trial.completed(*trial.rung)) complete(trial);
  trial.rung = rung;
  trial.open = 0;
  for (const std::size_t run : trial.runs) {
    const RunProgress progress = progress_of(sweep_.directory_of(run));
    const bool waits = progress.state.status == RunStatus::skipped;
    const bool reached = rungs_[rung] > 0 && progress.state.step >= rungs_[rung] && !progress.held &&
                         progress.state.status != RunStatus::running;
    if ((progress.ended() && !waits) || reached) continue;
    ++trial.open;
    tasks_.push_back({run, rungs_[rung]});
  }
  if (trial.open == 0) complete(trial);
}

void Halving::complete(Trial& trial) {
  const std::size_t rung = *trial.rung;
  double sum = 0;
  for (const std::size_t run : trial.runs) {
    const auto found = rungs_[rung] > 0
                           ? objective_at(sweep_.directory_of(run), sweep_.spec.objective, rungs_[rung])
                           : last_objective(sweep_.directory_of(run), sweep_.spec.objective);
    const RunStatus status = progress_of(sweep_.directory_of(run)).state.status;
    const bool went_wrong =
        status == RunStatus::failed || status == RunStatus::timeout || status == RunStatus::diverged;
    sum += !found || went_wrong ? out : found->higher_is_better ? found->value : -found->value;
  }
  trial.scores[rung] = sum / static_cast<double>(trial.runs.size());
}

void Halving::ended(const Task& task, const RunState& state) {
  --given_;
  // Stopped before its rung: by a signal, and the sweep ends.
  if (state.status == RunStatus::stopped && (task.until == 0 || state.step < task.until)) return;
  Trial& trial = trials_[trial_of_.at(task.run)];
  if (trial.open > 0 && --trial.open == 0) complete(trial);
}

// From the highest rung down: among the best of those that have completed it, and not yet promoted.
Halving::Trial* Halving::promotable() {
  for (std::size_t rung = rungs_.size() - 1; rung-- > 0;) {
    std::vector<Trial*> completed;
    for (Trial& trial : trials_)
      if (trial.completed(rung)) completed.push_back(&trial);
    std::stable_sort(completed.begin(), completed.end(),
                     [&](const Trial* a, const Trial* b) { return a->scores.at(rung) > b->scores.at(rung); });
    const std::size_t best = completed.size() / static_cast<std::size_t>(sweep_.spec.reduction);
    for (std::size_t i = 0; i < best; ++i)
      if (*completed[i]->rung == rung && completed[i]->scores.at(rung) != out) return completed[i];
  }
  return nullptr;
}

// Promotes one, or begins a new one; false: there is nothing to decide now.
bool Halving::decide() {
  const auto lock = lock_sweep(sweep_.directory);
  read_journal();
  if (!tasks_.empty()) return true;
  Trial* trial = promotable();
  if (trial == nullptr) {
    const auto fresh = std::find_if(trials_.begin(), trials_.end(), [](const Trial& t) { return !t.rung; });
    if (fresh == trials_.end()) return false;
    trial = &*fresh;
  }
  const std::size_t rung = trial->rung ? *trial->rung + 1 : 0;
  Value entry = Value::map();
  entry.set("configuration", Value::of(trial->folder));
  entry.set("rung", Value::of(static_cast<std::int64_t>(rung)));
  entry.set("steps", Value::of(rungs_[rung]));
  if (trial->rung) entry.set("score", Value::of(trial->scores.at(*trial->rung)));
  append_durably(journal_of(sweep_), json(entry));
  read_journal();
  return true;
}

std::optional<Task> Halving::next() {
  while (tasks_.empty())
    if (!decide()) {
      if (given_ == 0) leave_out_the_rest();
      return std::nullopt;
    }
  const Task task = tasks_.front();
  tasks_.pop_front();
  ++given_;
  return task;
}

// Nothing more comes of those that were not promoted.
void Halving::leave_out_the_rest() {
  for (const Trial& trial : trials_)
    for (const std::size_t run : trial.runs) {
      const fs::path directory = sweep_.directory_of(run);
      RunProgress progress = progress_of(directory);
      if (progress.held || progress.state.status != RunStatus::stopped) continue;
      progress.state.status = RunStatus::skipped;
      progress.state.reason = fmt::format("not promoted after step {}", progress.state.step);
      write_status(directory, progress.state);
    }
}

}  // namespace descent

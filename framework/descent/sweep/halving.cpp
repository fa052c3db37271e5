#include "descent/sweep/halving.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "descent/analysis/ranking.hpp"
#include "descent/base/file.hpp"
#include "descent/config/required.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/checked_json.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/objective.hpp"
#include "descent/sweep/sweep_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

fs::path journal_of(const FrozenSweep& sweep) {
  return sweep.directory / files::journal;
}

std::int64_t total_steps(const fs::path& run) {
  Diagnostics diagnostics;
  const Value experiment = experiment::read_yaml(run / runlog::files::experiment, diagnostics);
  diagnostics.throw_if_any();
  return required(required(experiment, "trainer", Value::Kind::map), "steps", Value::Kind::integer).integer();
}

// Each of `reduction` times the steps of the one before; the last is the whole run, as near to that factor as
// can be.
std::vector<std::int64_t> rungs_of(const SweepSpec& spec, std::int64_t total) {
  const auto reduction = static_cast<double>(spec.reduction);
  const double longest = static_cast<double>(total) / std::sqrt(reduction);
  std::vector<std::int64_t> rungs = {spec.first_rung};
  while (static_cast<double>(rungs.back()) * reduction <= longest)
    rungs.push_back(rungs.back() * spec.reduction);
  rungs.push_back(0);
  return rungs;
}

}  // namespace

Halving::Halving(const FrozenSweep& sweep, const std::set<runlog::RunStatus>& retried) : sweep_(sweep) {
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    const std::string folder = fs::path(sweep.runs[run].folder).parent_path().string();
    if (trials_.empty() || trials_.back().folder != folder) trials_.push_back({folder, {}, {}, 0, {}});
    trials_.back().runs.push_back(run);
    trial_of_[run] = trials_.size() - 1;
    const RunProgress progress = progress_of(sweep.directory_of(run));
    if (progress.ended() && retried.contains(progress.state.status)) again_.insert(run);
  }
  rungs_ = rungs_of(sweep.spec, total_steps(sweep.directory_of(0)));
  read_journal();
}

// Nothing for a line that a power cut has left damaged.
static std::optional<Value> entry_of(const std::string& line) {
  try {
    return runlog::parse_checked_json(line, {});
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What the journal says that this object did not know yet.
void Halving::read_journal() {
  const fs::path journal = journal_of(sweep_);
  std::istringstream stream(fs::exists(journal) ? read_file(journal) : "");
  std::string line;
  // A line that was cut by a kill has no end, and stands for nothing: what it granted was never begun.
  for (std::size_t number = 0; std::getline(stream, line) && !stream.eof(); ++number) {
    if (number < journal_lines_) continue;
    ++journal_lines_;
    const auto entry = entry_of(line);
    if (!entry) continue;
    const Value *folder = entry->find("configuration"), *steps = entry->find("steps");
    if (folder == nullptr || steps == nullptr || !folder->is(Value::Kind::text) ||
        !steps->is(Value::Kind::integer))
      continue;
    const auto trial = std::find_if(trials_.begin(), trials_.end(),
                                    [&](const Trial& other) { return other.folder == folder->text(); });
    // A rung that this sweep no longer has was granted by another one of the same folder.
    const auto rung = std::find(rungs_.begin(), rungs_.end(), steps->integer());
    if (trial == trials_.end() || rung == rungs_.end()) continue;
    const auto index = static_cast<std::size_t>(rung - rungs_.begin());
    grant(*trial, index);
    // What it was promoted by counts, even where its log is gone.
    const Value* score = entry->find("score");
    if (index > 0 && score != nullptr && score->is_number()) trial->scores[index - 1] = score->number();
  }
}

void Halving::grant(Trial& trial, std::size_t rung) {
  if (trial.rung && *trial.rung >= rung) return;
  // Rungs on the way were completed by whoever granted this one.
  if (trial.rung && !trial.completed(*trial.rung)) complete(trial);
  const auto is_before = [&](const Task& task) { return &trials_[trial_of_.at(task.run)] == &trial; };
  std::erase_if(tasks_, is_before);
  trial.rung = rung;
  trial.open = 0;
  for (const std::size_t run : trial.runs) {
    const RunProgress progress = progress_of(sweep_.directory_of(run));
    const bool waits = progress.state.status == runlog::RunStatus::skipped;
    const bool reached = rungs_[rung] > 0 && progress.state.step >= rungs_[rung] && !progress.held &&
                         progress.state.status != runlog::RunStatus::running;
    if (((progress.ended() && !waits) || reached) && !again_.contains(run)) continue;
    ++trial.open;
    tasks_.push_back({run, rungs_[rung]});
  }
  if (trial.open == 0) complete(trial);
}

// What came of a run later says nothing of a rung that it had reached: after a kill the same is promoted.
void Halving::complete(Trial& trial) {
  const std::size_t rung = *trial.rung;
  double sum = 0;
  for (const std::size_t run : trial.runs) {
    const fs::path directory = sweep_.directory_of(run);
    std::optional<ObjectiveValue> found;
    if (rungs_[rung] > 0)
      found = objective_at(directory, sweep_.spec.objective, rungs_[rung]);
    else if (progress_of(directory).state.status == runlog::RunStatus::done)
      found = last_objective(directory, sweep_.spec.objective);
    sum += !found ? out : found->higher_is_better ? found->value : -found->value;
  }
  trial.scores[rung] = sum / static_cast<double>(trial.runs.size());
}

void Halving::ended(const Task& task, const runlog::RunState& state) {
  --given_;
  // Stopped before its rung: by a signal, and the sweep ends.
  if (state.status == runlog::RunStatus::stopped && (task.until == 0 || state.step < task.until)) return;
  Trial& trial = trials_[trial_of_.at(task.run)];
  if (task.until != rungs_[*trial.rung]) return;  // another process has promoted it since
  if (trial.open > 0 && --trial.open == 0) complete(trial);
}

// Those that have completed a rung, the best first.
std::vector<Halving::Trial*> Halving::ranking(std::size_t rung) {
  std::vector<Trial*> completed;
  for (Trial& trial : trials_)
    if (trial.completed(rung)) completed.push_back(&trial);
  const auto standing = [rung](const Trial* trial) {
    const bool is_out = trial->scores.at(rung) == out;
    return analysis::Standing{is_out ? std::size_t{0} : trial->runs.size(), trial->scores.at(rung),
                              is_out ? trial->runs.size() : std::size_t{0}};
  };
  std::stable_sort(completed.begin(), completed.end(), [&](const Trial* left, const Trial* right) {
    return analysis::ranks_before(standing(left), standing(right), "higher");  // as scores are
  });
  return completed;
}

// From the highest rung down: among the best of those that have completed it, and not yet promoted.
Halving::Trial* Halving::promotable() {
  for (std::size_t rung = rungs_.size() - 1; rung-- > 0;) {
    const std::vector<Trial*> completed = ranking(rung);
    const std::size_t best = completed.size() / static_cast<std::size_t>(sweep_.spec.reduction);
    for (std::size_t i = 0; i < best; ++i)
      if (completed[i]->waits_at(rung)) return completed[i];
  }
  return nullptr;
}

// Where no rung can get another result, and none of the last one has a value: the best that waits on the
// highest rung with any.
Halving::Trial* Halving::last_hope() {
  for (const Trial& trial : trials_)
    if (trial.scores.contains(rungs_.size() - 1) ? trial.scores.at(rungs_.size() - 1) != out
                                                 : !trial.rung || !trial.completed(*trial.rung))
      return nullptr;
  for (std::size_t rung = rungs_.size() - 1; rung-- > 0;)
    for (Trial* trial : ranking(rung))
      if (trial->waits_at(rung)) return trial;
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
    trial = fresh != trials_.end() ? &*fresh : last_hope();
    if (trial == nullptr) return false;
  }
  const std::size_t rung = trial->rung ? *trial->rung + 1 : 0;
  Value entry = Value::map();
  entry.set("configuration", Value::of(trial->folder));
  entry.set("rung", Value::of(static_cast<std::int64_t>(rung)));
  entry.set("steps", Value::of(rungs_[rung]));
  if (trial->rung) entry.set("score", Value::of(trial->scores.at(*trial->rung)));
  runlog::append_durably(journal_of(sweep_), runlog::checked_json(entry));
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
  again_.erase(task.run);
  ++given_;
  return task;
}

// Nothing more comes of those that were not promoted.
void Halving::leave_out_the_rest() {
  for (const Trial& trial : trials_) {
    if (!trial.rung || !trial.completed(*trial.rung)) continue;  // a signal stopped it
    for (const std::size_t run : trial.runs) {
      const fs::path directory = sweep_.directory_of(run);
      RunProgress progress = progress_of(directory);
      if (progress.held || progress.state.status != runlog::RunStatus::stopped) continue;
      progress.state.status = runlog::RunStatus::skipped;
      progress.state.reason = fmt::format("not promoted after step {}", progress.state.step);
      runlog::write_status(directory, progress.state);
    }
  }
}

}  // namespace descent::sweep

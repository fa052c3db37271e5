#include "descent/sweep/deepobs.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "descent/sweep/objective.hpp"
#include "descent/sweep/plan.hpp"

namespace descent::sweep {

namespace {

/// How a setting did in the tuning.
struct Tuned {
  std::size_t run = 0;  ///< one of its runs
  std::size_t without_value = 0;
  std::size_t count = 0;
  double sum = 0;  ///< of values, greater is better

  bool is_better_than(const Tuned& other) const {
    if (without_value != other.without_value) return without_value < other.without_value;
    return sum / static_cast<double>(count) > other.sum / static_cast<double>(other.count);
  }
};

bool contains(const std::vector<std::int64_t>& seeds, std::int64_t seed) {
  return std::find(seeds.begin(), seeds.end(), seed) != seeds.end();
}

std::vector<std::size_t> tuning_runs(const FrozenSweep& sweep) {
  std::vector<std::size_t> runs;
  for (std::size_t run = 0; run < sweep.runs.size(); ++run)
    if (contains(sweep.spec.seeds, sweep.runs[run].seed)) runs.push_back(run);
  return runs;
}

}  // namespace

DeepObs::DeepObs(FrozenSweep& sweep, std::set<runlog::RunStatus> retried)
    : sweep_(sweep),
      retried_(std::move(retried)),
      runs_(std::make_unique<MissingRuns>(sweep, tuning_runs(sweep), retried_)) {}

std::optional<Task> DeepObs::next() {
  auto task = runs_->next();
  if (!task && given_ == 0 && !final_ && !stopped_) {
    begin_final_runs();
    task = runs_->next();
  }
  if (task) ++given_;
  return task;
}

void DeepObs::ended(const Task&, const runlog::RunState& state) {
  --given_;
  stopped_ = stopped_ || state.status == runlog::RunStatus::stopped;
}

void DeepObs::begin_final_runs() {
  final_ = true;
  std::map<std::string, std::map<std::string, Tuned>> optimizers;  // by optimizer and folder
  for (const std::size_t run : tuning_runs(sweep_)) {
    const std::string folder = std::filesystem::path(sweep_.runs[run].folder).parent_path().string();
    Tuned& tuned = optimizers[optimizer_of(sweep_.runs[run].settings)][folder];
    tuned.run = run;
    const auto found = last_objective(sweep_.directory_of(run), sweep_.spec.objective);
    const bool done = progress_of(sweep_.directory_of(run)).state.status == runlog::RunStatus::done;
    if (!found || !done) {
      ++tuned.without_value;
      continue;
    }
    ++tuned.count;
    tuned.sum += found->higher_is_better ? found->value : -found->value;
  }
  std::vector<std::size_t> final_runs;
  for (const auto& [optimizer, settings] : optimizers) {
    const Tuned* best = nullptr;
    for (const auto& [folder, tuned] : settings)
      if (tuned.count > 0 && (best == nullptr || tuned.is_better_than(*best))) best = &tuned;
    if (best == nullptr) continue;  // every run of this optimizer went wrong
    const std::vector<std::size_t> added = add_seeds(sweep_, best->run, sweep_.spec.final_seeds);
    final_runs.insert(final_runs.end(), added.begin(), added.end());
  }
  runs_ = std::make_unique<MissingRuns>(sweep_, final_runs, retried_);
}

}  // namespace descent::sweep

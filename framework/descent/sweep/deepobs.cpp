#include "descent/sweep/deepobs.hpp"

#include <algorithm>

#include "descent/sweep/setting_results.hpp"

namespace descent::sweep {

namespace {

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

// A disk that fails once is asked again, lest a good run be taken for one without a value.
static SweepResults read_objectives(const FrozenSweep& sweep) {
  SweepResults results = read_results(sweep, {{}, false, true});
  return results.diagnostics.empty() ? results : read_results(sweep, {{}, false, true});
}

void DeepObs::begin_final_runs() {
  final_ = true;
  std::vector<std::size_t> final_runs;
  const SweepResults results = read_objectives(sweep_);
  // Of an optimizer of which every run went wrong no setting is the best.
  if (auto values = ranked_values(sweep_, results)) {
    for (const SettingResult& tuned : report_of(sweep_, results, std::move(*values)).settings) {
      if (!tuned.is_best) continue;
      const std::vector<std::size_t> added = add_seeds(sweep_, tuned.runs.front(), sweep_.spec.final_seeds);
      final_runs.insert(final_runs.end(), added.begin(), added.end());
    }
  }
  runs_ = std::make_unique<MissingRuns>(sweep_, final_runs, retried_);
}

}  // namespace descent::sweep

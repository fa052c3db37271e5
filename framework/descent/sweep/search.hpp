#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "descent/plugin/registry.hpp"
#include "descent/sweep/proposals.hpp"
#include "descent/sweep/scheduler.hpp"

namespace descent::sweep {

/// The methods tpe and cmaes: rounds of settings, of which each follows from what all rounds before it have found, with
/// all their seeds. A round is proposed when every run of the one before has ended, and is in the journal before its runs
/// are in the sweep's list: whoever plays it, with however many runs at a time, and however often it is killed, the
/// proposals are the same.
///
/// A setting that was proposed before is not played again, and has the score that it had. When there have been
/// `sweep.runs` different ones, the search has ended; so it has when there is no setting left, or when twenty rounds in a
/// row have proposed none that was new.
///
/// Runs that ended in one of the ways that are to be tried again are played once more; what was proposed by the scores
/// that were known before stays proposed.
class DESCENT_API Search final : public Scheduler {
 public:
  /// `registry` checks the experiments of runs that are added. `sweep` grows with every round.
  Search(FrozenSweep& sweep, Registry& registry, const std::set<runlog::RunStatus>& retried);
  std::optional<Task> next() override;
  void ended(const Task& task, const runlog::RunState& state) override;

 private:
  bool decide();
  bool extend();
  bool is_round_over() const;
  bool has_come_to_its_end() const;
  void play(const std::vector<std::vector<Setting>>& settings, const std::set<runlog::RunStatus>& retried);
  std::vector<SearchScore> scores_of_last_round() const;
  SearchScore score_of(const std::vector<Setting>& settings) const;

  FrozenSweep& sweep_;
  Registry& registry_;
  SearchSpace space_;
  std::string identity_;
  std::vector<SearchRound> rounds_;
  std::unique_ptr<MissingRuns> runs_;
  std::size_t given_ = 0;
};

/// Of a list of runs that an earlier call has frozen those that a search with this section has proposed, the first
/// `sweep.runs` settings of it: they are kept when the sweep is frozen again. `sweep` needs no runs.
std::vector<FrozenRun> proposed_runs(const FrozenSweep& sweep, const std::vector<FrozenRun>& before);

}  // namespace descent::sweep

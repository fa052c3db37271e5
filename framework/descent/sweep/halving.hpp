#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "descent/sweep/scheduler.hpp"

namespace descent::sweep {

/// Asynchronous successive halving. Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar, A
/// system for massively parallel hyperparameter tuning, 2020, algorithm 2. Every configuration is trained to
/// the first rung; one is promoted to the next rung, of `reduction` times the steps, when it is among the
/// best 1/reduction of those that have completed its own; the last rung is the whole run, so that the step to
/// it is the one nearest to that factor. Seeds of a configuration go together, and their mean counts; one
/// that diverged or failed is never promoted.
///
/// A rung of fewer than `reduction` configurations would promote none. Where nothing else is left to train
/// and no configuration has completed the last rung with a value, the best of the highest rung is promoted
/// all the same, and so on: one goes to the end, unless all went wrong.
///
/// Who may train how far is appended to `journal.jsonl` in the sweep's directory before it begins, and that
/// journal is what a later call, or one that shares the work, goes on from.
///
/// Runs that ended in one of the ways that are to be tried again are played once more to the rung at which
/// their configuration stands, and its score there is then that of what they find; what was promoted by the
/// scores that were known before stays promoted.
class DESCENT_API Halving final : public Scheduler {
 public:
  explicit Halving(const FrozenSweep& sweep, const std::set<runlog::RunStatus>& retried = {});
  std::optional<Task> next() override;
  void ended(const Task& task, const runlog::RunState& state) override;

 private:
  static constexpr double out = -std::numeric_limits<double>::infinity();  ///< a score: it went wrong
  struct Trial {
    std::string folder;
    std::vector<std::size_t> runs;
    std::optional<std::size_t> rung;       ///< it may train to
    std::size_t open = 0;                  ///< runs that have not reached it
    std::map<std::size_t, double> scores;  ///< of completed rungs; greater is better
    bool completed(std::size_t r) const { return scores.contains(r); }
    /// Whether it could be promoted from there.
    bool waits_at(std::size_t r) const { return rung == r && completed(r) && scores.at(r) != out; }
  };
  void grant(Trial& trial, std::size_t rung);
  void complete(Trial& trial);
  void read_journal();
  bool decide();
  std::vector<Trial*> ranking(std::size_t rung);
  Trial* promotable();
  Trial* last_hope();
  void leave_out_the_rest();

  const FrozenSweep& sweep_;
  std::vector<std::int64_t> rungs_;  ///< in steps; the last is 0: to the end
  std::vector<Trial> trials_;
  std::map<std::size_t, std::size_t> trial_of_;  ///< a run's
  std::deque<Task> tasks_;
  std::set<std::size_t> again_;  ///< runs that have ended, and are to be played once more
  std::size_t given_ = 0;
  std::size_t journal_lines_ = 0;
};

}  // namespace descent::sweep

#pragma once

#include <memory>
#include <set>

#include "descent/sweep/scheduler.hpp"

namespace descent::sweep {

/// Tunes, then evaluates what was found. Schneider, Balles, Hennig, DeepOBS: a deep learning optimizer
/// benchmark suite, 2019, section 2.4: for each optimizer, the setting that report_of() calls the best over the tuning's
/// seeds is run again with the final seeds: the one of which fewest runs went wrong, then with the best mean of the
/// objective, then the first of the list.
class DESCENT_API DeepObs final : public Scheduler {
 public:
  DeepObs(FrozenSweep& sweep, std::set<runlog::RunStatus> retried);
  std::optional<Task> next() override;
  void ended(const Task& task, const runlog::RunState& state) override;

 private:
  void begin_final_runs();

  FrozenSweep& sweep_;
  std::set<runlog::RunStatus> retried_;
  std::unique_ptr<MissingRuns> runs_;
  std::size_t given_ = 0;
  bool stopped_ = false;
  bool final_ = false;
};

}  // namespace descent::sweep

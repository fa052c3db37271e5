#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "descent/runlog/status_file.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

/// A run to play, to its end or to a step.
struct Task {
  std::size_t run = 0;     ///< of FrozenSweep::runs
  std::int64_t until = 0;  ///< 0: to its end
};

/// How far a run has come, by its files alone.
struct RunProgress {
  runlog::RunState state;
  /// A process has it, ours or another sweep's.
  bool held = false;
  /// Nothing more comes of it: done, diverged, failed, timed out.
  DESCENT_API bool ended() const;
};
/// Of a run that was never begun: `pending`. A damaged status counts as `failed`, with the reason.
DESCENT_API RunProgress progress_of(const std::filesystem::path& run);

/// Decides what is played next.
class DESCENT_API Scheduler {
 public:
  virtual ~Scheduler();
  /// Nothing: there is none now. More may come when those that were given have ended.
  virtual std::optional<Task> next() = 0;
  /// A task that next() gave has ended: its run as it is then.
  virtual void ended(const Task& task, const runlog::RunState& state) = 0;
};

/// Every run that has not ended; and those that ended in one of the ways that are to be tried again.
class DESCENT_API MissingRuns final : public Scheduler {
 public:
  MissingRuns(const FrozenSweep& sweep, const std::set<runlog::RunStatus>& retried);
  /// The given runs alone.
  MissingRuns(const FrozenSweep& sweep, const std::vector<std::size_t>& runs,
              const std::set<runlog::RunStatus>& retried);
  std::optional<Task> next() override;
  void ended(const Task&, const runlog::RunState&) override {}

 private:
  std::deque<std::size_t> missing_;
};

}  // namespace descent::sweep

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "descent/base/descriptor.hpp"
#include "descent/base/process.hpp"
#include "descent/sweep/scheduler.hpp"

namespace descent::sweep {

struct LaunchOptions {
  /// The program that goes on with a run: the run's directory and, of a task that pauses, `--until STEP` come
  /// behind these words. It ends with the run's last state in its status.yaml.
  std::vector<std::string> program;
  /// Runs at a time.
  std::int64_t jobs = 1;
  /// The first run that fails ends the others too, in order.
  bool fail_fast = false;
  /// A run whose process was killed by SIGKILL has not failed, but is to be gone on with: on a cluster that
  /// is how a machine is taken away.
  bool survives_kill = false;
  /// Set from a signal handler: those that are running are stopped in order, and no more are begun.
  const std::atomic<bool>* stop = nullptr;
  /// How long the runs have for that; then they are killed, and go on from their last checkpoint another
  /// time.
  std::chrono::milliseconds patience = std::chrono::seconds(30);
  /// Makes a run's folder anew that was deleted. Without it such a run fails.
  std::function<void(std::size_t run)> restore;
  /// Called when a task of this process has ended.
  std::function<void(const Task&, const runlog::RunState&)> ended;
  /// Called now and then: how many tasks are running here, and how many wait for another process.
  std::function<void(std::size_t running, std::size_t elsewhere)> alive;
};

/// Plays the runs that a scheduler gives, one process each. A run that another process has is left to it, and
/// taken over when that ends without an end of the run. Whatever becomes of a process, its run's status says
/// it: a crash with its signal and the last lines it said, a timeout. Whatever it has left running in its
/// process group ends with it. A run whose folder cannot be had fails
/// for this call; the next one tries again.
class DESCENT_API LocalLauncher {
 public:
  LocalLauncher(const FrozenSweep& sweep, Scheduler& scheduler, LaunchOptions options);
  ~LocalLauncher();
  /// Returns when nothing is left to do, or when it was stopped.
  void run();

 private:
  struct Playing;
  using Clock = std::chrono::steady_clock;
  bool stopping() const;
  void begin_more();
  bool begin(const Task& task);
  std::optional<Descriptor> claim(const Task& task);
  void look_elsewhere();
  void wait_for_ends();
  void limit_times();
  void ask_to_stop();
  void end(Playing& playing, const ProcessEnd& end);
  bool name_limit(runlog::RunState& state) const;
  void tell_end(const Task& task, const runlog::RunState& state);

  const FrozenSweep& sweep_;
  Scheduler& scheduler_;
  LaunchOptions options_;
  std::list<Playing> playing_;
  std::vector<Task> elsewhere_;
  bool failed_ = false;
  bool was_told_to_stop_ = false;
  Clock::time_point told_to_stop_{};
  Clock::time_point looked_elsewhere_{};
};

}  // namespace descent::sweep

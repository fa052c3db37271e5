#pragma once

#include <chrono>
#include <map>
#include <string>

#include "descent/sweep/scheduler.hpp"
#include "descent/sweep/sweep_results.hpp"
#include "terminal.hpp"

namespace descent::program {

/// How a sweep goes: a line of counts redrawn in place where somebody looks, and a line for each run that
/// went wrong.
class SweepDisplay {
 public:
  SweepDisplay(const Terminal& terminal, const sweep::FrozenSweep& sweep, bool quiet);
  /// Reads how far each run is.
  void count();
  void ended(const sweep::Task& task, const runlog::RunState& state);
  void alive(std::size_t running, std::size_t elsewhere);
  /// The counts once more, on a line that stays.
  void finish();
  /// Runs that ended as failed or timed out.
  std::size_t failures() const;
  std::size_t missing() const;
  std::size_t done() const;

 private:
  using Clock = std::chrono::steady_clock;
  /// `at_work`: it goes on.
  std::string line(bool at_work) const;
  void draw(const std::string& text);
  /// `best objective/value 0.25 (mean over 3 seeds) at learning_rate=0.01`, by what `descent compare` goes by; empty: no run
  /// has a value.
  std::string best() const;
  void read_results();

  Terminal terminal_;
  const sweep::FrozenSweep& sweep_;
  bool quiet_;
  std::map<std::size_t, runlog::RunStatus> statuses_;
  std::size_t running_ = 0, elsewhere_ = 0;
  std::size_t ended_here_ = 0;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point drawn_{};
  sweep::SweepResults results_;  // of the objective
  std::string best_;
  bool best_is_old_ = true;
};

}  // namespace descent::program

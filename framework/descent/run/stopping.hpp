#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "descent/config/diagnostics.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/plugin/metric.hpp"

namespace descent::train {
struct MetricInstance;
class Training;
}  // namespace descent::train

namespace descent::run {

struct StoppingState {
  double best = 0;
  std::int64_t measured = 0;
  std::int64_t best_step = 0;
  std::int64_t without_improvement = 0;
};

/// `trainer.stop`: ends a run when a measure reaches its target, or has not improved for a while.
class DESCENT_API Stopping {
 public:
  Stopping(const experiment::StopSpec& spec, Direction direction) : spec_(spec), direction_(direction) {}
  /// Takes one more measurement; gives the reason to stop now, if there is one. A NaN improves nothing.
  std::optional<std::string> measured(std::int64_t step, double value);
  StoppingState& state() { return state_; }

 private:
  experiment::StopSpec spec_;
  Direction direction_;
  StoppingState state_;
};

/// Takes one more measurement of `checkpoint.best`. Returns whether it is the best so far. A NaN is not.
bool is_new_best(StoppingState& state, Direction direction, std::int64_t step, double value);

/// Which metric, and which of its measures, `trainer.stop.metric` names.
struct StopTarget {
  std::size_t metric;
  std::size_t measure;
};
/// Which measures of an experiment's metrics a run watches.
struct Watched {
  std::optional<StopTarget> stop;  ///< of `trainer.stop`
  std::optional<StopTarget> best;  ///< of `checkpoint.best`
};
/// Adds what is wrong with their names.
DESCENT_API Watched watched_measures(const experiment::Experiment& experiment,
                                     const std::vector<train::MetricInstance>& metrics,
                                     Diagnostics& diagnostics);
/// What about intervals and schedules is likely not meant, as sentences with their places: a watched measure that is
/// measured too rarely to matter, or of which a schedule makes another function at each step, and tensors that are never
/// due.
DESCENT_API std::vector<std::string> watched_warnings(train::Training& training, const Watched& watched);
/// What `metric` (`mode_coverage/modes`) names. Throws Error, with the place and the nearest name, when there
/// is none or it has no better direction; `what` watches it: `stop`.
DESCENT_API StopTarget find_stop_target(const std::string& metric, const SourceLocation& location,
                                        const std::string& what,
                                        const std::vector<train::MetricInstance>& metrics);

}  // namespace descent::run

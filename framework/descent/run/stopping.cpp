#include "descent/run/stopping.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/base/text.hpp"
#include "descent/train/training.hpp"

namespace descent::run {

std::optional<std::string> Stopping::measured(std::int64_t step, double value) {
  const bool lower = direction_ == Direction::lower_is_better;
  const auto better = [&](double a, double b) { return lower ? a < b : a > b; };
  if (spec_.target && (value == *spec_.target || better(value, *spec_.target)))
    return fmt::format("{} reached its target {} with {} at step {}", spec_.metric,
                       number_text(*spec_.target), number_text(value), step);
  const double margin = lower ? -spec_.min_delta : spec_.min_delta;
  const bool none_yet = state_.without_improvement == state_.measured;
  const bool improved = none_yet ? value == value : better(value, state_.best + margin);
  ++state_.measured;
  if (improved) {
    state_.best = value;
    state_.best_step = step;
    state_.without_improvement = 0;
  } else {
    ++state_.without_improvement;
  }
  if (spec_.patience && state_.without_improvement >= *spec_.patience)
    return fmt::format("{} has not improved on {} of step {} for {}", spec_.metric, number_text(state_.best),
                       state_.best_step, counted(*spec_.patience, "measurement"));
  return std::nullopt;
}

bool is_new_best(StoppingState& state, Direction direction, std::int64_t step, double value) {
  const bool better = direction == Direction::lower_is_better ? value < state.best : value > state.best;
  if (std::isnan(value) || (state.measured > 0 && !better)) return false;
  state = {value, state.measured + 1, step, 0};
  return true;
}

StopTarget find_stop_target(const std::string& metric, const SourceLocation& location,
                            const std::string& what, const std::vector<train::MetricInstance>& metrics) {
  std::vector<std::string> names;
  std::vector<std::pair<StopTarget, Direction>> found;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    for (std::size_t i = 0; i < metrics[m].measures.size(); ++i) {
      const std::string name = metrics[m].name + "/" + metrics[m].measures[i].name;
      names.push_back(name);
      if (metric == name || metric == metrics[m].name)
        found.push_back({{m, i}, metrics[m].measures[i].direction});
    }
  }
  if (found.empty())
    throw Error(location,
                fmt::format("'{}' watches '{}', which no metric measures{}", what, metric,
                            names.empty() ? "; there are no metrics" : suggestion(metric, names)),
                codes::unknown_name);
  if (found.size() > 1)
    throw Error(location, fmt::format("'{}' watches '{}', which has several measures; name one: {}", what,
                                      metric, join(names)));
  if (found[0].second == Direction::neither)
    throw Error(location,
                fmt::format("'{}' watches '{}', of which neither more nor less is better", what, metric));
  return found[0].first;
}

Watched watched_measures(const experiment::Experiment& experiment,
                         const std::vector<train::MetricInstance>& metrics, Diagnostics& diagnostics) {
  const auto find = [&](const std::string& metric, const SourceLocation& location,
                        const char* what) -> std::optional<StopTarget> {
    try {
      return find_stop_target(metric, location, what, metrics);
    } catch (const Error& error) {
      diagnostics.append(error);
      return std::nullopt;
    }
  };
  Watched watched;
  if (const auto& stop = experiment.trainer.stop) {
    watched.stop = find(stop->metric, stop->location, "stop");
    if (watched.stop && metrics[watched.stop->metric].every.count == 0)
      diagnostics.add(
          stop->location,
          fmt::format("'trainer.stop' waits for the metric '{}', which is measured only at the end of "
                      "the run and cannot end it before; give the metric an interval, such as "
                      "'every: 100'",
                      metrics[watched.stop->metric].name),
          codes::conflict);
  }
  if (const experiment::CheckpointSpec& checkpoint = experiment.checkpoint; !checkpoint.best.empty())
    watched.best = find(checkpoint.best, checkpoint.best_location, "checkpoint.best");
  return watched;
}

}  // namespace descent::run

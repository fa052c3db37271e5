#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/run/stopping.hpp"
#include "descent/train/training.hpp"

namespace descent::run {

namespace {

std::string at_place(const SourceLocation& location, const std::string& sentence) {
  return Diagnostic{location, sentence}.text();
}

std::string steps_text(std::int64_t steps) {
  return counted(steps, "step");
}

/// One measure that a run watches, and why.
class WatchedMeasure {
 public:
  WatchedMeasure(train::Training& training, const StopTarget& target, const char* key,
                 SourceLocation location)
      : training_(training),
        metric_(training.metrics()[target.metric]),
        name_(metric_.name + "/" + metric_.measures[target.measure].name),
        key_(key),
        location_(std::move(location)) {}

  // How often it is measured before the run's last step, where it would end anyway.
  std::int64_t times_before_the_end() const {
    const std::int64_t first = training_.first_due(metric_.every);
    return first == 0 ? 0 : (training_.total_steps() - 1) / first;
  }

  std::string warning(const std::string& sentence) const {
    return at_place(location_, fmt::format("'{}' watches '{}', {}", key_, name_, sentence));
  }

  std::string interval() const {
    return fmt::format("is measured every {} of a run of {}", steps_text(training_.first_due(metric_.every)),
                       steps_text(training_.total_steps()));
  }

  // Where schedules change what is measured, values of different steps are those of different functions.
  void note_changes(std::vector<std::string>& warnings) const {
    std::vector<std::string> changes, fixed;
    for (const auto& [option, schedule] : training_.game().schedules()) {
      const auto* const watched = schedule;  // clang 14 lets no lambda have a structured binding
      const bool has_value = std::any_of(metric_.at.begin(), metric_.at.end(),
                                         [&](const auto& at) { return at.first == watched; });
      if (schedule->constant() || has_value ||
          !metric_.metric->depends_on_loss(option.substr(0, option.rfind('.'))))
        continue;
      const double last = schedule->at(training_.total_steps());
      changes.push_back(
          fmt::format("{} goes from {} to {}", option, number_text(schedule->at(1)), number_text(last)));
      fixed.push_back(fmt::format("{}: {}", option, number_text(last)));
    }
    if (changes.empty()) return;
    warnings.push_back(
        warning(fmt::format("which is another function at each step: {}. So that values can be compared, "
                            "measure it at fixed ones: "
                            "write 'at: {{{}}}' in the metric '{}'",
                            join(changes), join(fixed), metric_.name)));
  }

 private:
  train::Training& training_;
  const train::MetricInstance& metric_;
  std::string name_;
  const char* key_;
  SourceLocation location_;
};

void warn_of_stop(const WatchedMeasure& measure, const experiment::StopSpec& stop,
                  std::vector<std::string>& warnings) {
  const std::int64_t times = measure.times_before_the_end();
  if (times == 0)
    warnings.push_back(measure.warning(
        fmt::format("which {}: it cannot end the run early; measure it more often", measure.interval())));
  else if (stop.patience && times <= *stop.patience)
    warnings.push_back(
        measure.warning(fmt::format("which {}: {} before its end, too few for a patience of {}; measure it "
                                    "more often, or be less patient",
                                    measure.interval(), counted(times, "time"), *stop.patience)));
  measure.note_changes(warnings);
}

void warn_of_best(const WatchedMeasure& measure, std::vector<std::string>& warnings) {
  if (measure.times_before_the_end() == 0)
    warnings.push_back(measure.warning(
        "which is measured only at the end: best.h5 will hold the final state; give the metric "
        "an interval, such as 'every: 100'"));
  else
    measure.note_changes(warnings);
}

}  // namespace

std::vector<std::string> watched_warnings(train::Training& training, const Watched& watched) {
  const experiment::Experiment& experiment = training.experiment();
  std::vector<std::string> warnings;
  if (watched.stop)
    warn_of_stop({training, *watched.stop, "trainer.stop", experiment.trainer.stop->location},
                 *experiment.trainer.stop, warnings);
  if (watched.best)
    warn_of_best({training, *watched.best, "checkpoint.best", experiment.checkpoint.best_location}, warnings);
  for (const experiment::TensorLog& tensors : experiment.log.tensors)
    if (const std::int64_t first = training.first_due(tensors.every); first > training.total_steps())
      warnings.push_back(
          at_place(tensors.location,
                   fmt::format("an entry of 'log.tensors' is due every {}, and the run has {}: nothing "
                               "will be logged of '{}'",
                               steps_text(first), steps_text(training.total_steps()), tensors.pattern)));
  return warnings;
}

}  // namespace descent::run

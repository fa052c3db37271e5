#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent {

class ScheduleArguments;

/// How long an epoch is for a schedule that counts in epochs.
struct DESCENT_API EpochLength {
  std::int64_t batches = 0;           ///< of one epoch; 0: not known yet
  std::int64_t batches_per_step = 1;  ///< a step with several turns may take several
  /// The step at which `epochs` epochs have been dealt; where their length is not known, `epochs`.
  std::int64_t steps(std::int64_t epochs) const;
};

/// A number that may change with the trainer's step. In an experiment: a number, or a map such as
/// `{schedule: cosine, from: 1.0e-3, to: 0, steps: 10000}`. The host evaluates it once per update; rules read
/// it as `step(learning_rate)`.
class DESCENT_API Schedule {
 public:
  /// How the number depends on the step.
  class Form;

  Schedule(double constant = 0);  // NOLINT(google-explicit-constructor): a number is the constant schedule
  /// `key` is what holds the value, for messages: `loss.weight`.
  static Schedule parse(const Value& value, Diagnostics& diagnostics, const std::string& key = "");
  /// Whether it counts in epochs somewhere (`steps: 20 epochs`). The host then says how long they are before
  /// the first step; until then an epoch is one step.
  bool counts_epochs() const { return in_epochs_ != nullptr; }
  void set_epoch(const EpochLength& epoch, Diagnostics& diagnostics);
  /// Where it is written; known where it counts in epochs.
  const SourceLocation& location() const { return in_epochs_->location(); }
  /// The forms there are, for manual pages and suggestions.
  static std::vector<std::string> form_names();

  /// The value at a step, counted from 1.
  double at(std::int64_t step) const;
  /// The value that the host evaluated last.
  double current() const { return current_; }
  void evaluate(std::int64_t step) { current_ = at(step); }
  bool constant() const { return form_ == nullptr; }
  /// The least and the greatest value it ever takes, for range checks.
  double min() const;
  double max() const;

 private:
  friend class ScheduleArguments;
  static Schedule parse(const Value& value, Diagnostics& diagnostics, const std::string& key,
                        const EpochLength& epoch);

  std::shared_ptr<const Form> form_;
  std::shared_ptr<const Value> in_epochs_;  // what it was read from, where that counts in epochs
  double constant_ = 0;
  double current_ = 0;
};

}  // namespace descent

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent {

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
  std::shared_ptr<const Form> form_;
  double constant_ = 0;
  double current_ = 0;
};

}  // namespace descent

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/plugin/schedule.hpp"

namespace descent {

/// How a number depends on the step.
class Schedule::Form {
 public:
  virtual ~Form();
  /// `step` counts from 1.
  virtual double at(std::int64_t step) const = 0;
  /// A limit that is approached and never reached counts as the next double on the near side of it.
  virtual double min() const = 0;
  virtual double max() const = 0;
};

/// A key of a schedule: what it may hold, and what it means.
struct DESCENT_API ScheduleKey {
  enum class Kind { number, positive, fraction, duration, numbers, durations, schedule };
  const char* name;
  Kind kind;
  const char* meaning;
  /// None: the key must be given.
  std::optional<double> default_value = {};

  /// `a number above 0`
  std::string expectation() const;
  bool allows(const Value& value) const;
};

class ScheduleArguments;

/// One form: what it is called and does, the keys it knows beside `schedule`, an example, and how it is made
/// of them. The one without `make` is the number under its `value`.
struct ScheduleRow {
  const char* name;
  const char* summary;
  std::vector<ScheduleKey> keys;
  const char* example;
  std::shared_ptr<const Schedule::Form> (*make)(ScheduleArguments& arguments);
};

/// Every form there is.
DESCENT_API std::span<const ScheduleRow> schedule_rows();

/// Reads the keys of a schedule's map as its row describes them. Every problem is added with its place; what
/// stands in for a value that could not be read is only good for reading on.
class ScheduleArguments {
 public:
  ScheduleArguments(const Value& map, const ScheduleRow& row, const EpochLength& epoch,
                    Diagnostics& diagnostics)
      : map_(map), row_(row), epoch_(epoch), diagnostics_(diagnostics) {}
  double number(const char* name);
  /// In steps.
  std::int64_t duration(const char* name);
  /// Nothing where they are missing or something else.
  std::optional<std::vector<double>> numbers(const char* name);
  /// The same, in steps.
  std::optional<std::vector<double>> durations(const char* name);
  Schedule schedule(const char* name);
  void problem(const char* name, const std::string& expected);
  /// Whether a duration that was read is in epochs.
  bool counts_epochs() const { return counts_epochs_; }
  /// Whether the durations that were read are the steps that they will be.
  bool knows_steps() const { return !counts_epochs_ || epoch_.batches > 0; }

 private:
  const ScheduleKey& described(const char* name) const;
  // Null where it takes its default or a problem was added.
  const Value* find(const char* name);
  std::int64_t steps_of(const Value& duration);

  const Value& map_;
  const ScheduleRow& row_;
  const EpochLength& epoch_;
  bool counts_epochs_ = false;
  Diagnostics& diagnostics_;
};

}  // namespace descent

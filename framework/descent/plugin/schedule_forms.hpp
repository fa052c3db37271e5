#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/plugin/schedule.hpp"

namespace descent {

/// How a number depends on the step.
class Schedule::Form {
 public:
  virtual ~Form();
  /// `step` counts from 1.
  virtual double at(std::int64_t step) const = 0;
  /// A limit that is approached and never reached counts as the next double on the near side of it.
  virtual double least() const = 0;
  virtual double greatest() const = 0;
};

/// Reads the keys of a schedule's map. Every problem is added with its place; what stands in for a value that
/// could not be read is only good for reading on.
class ScheduleArguments {
 public:
  ScheduleArguments(const Value& map, std::string name, Problems& problems)
      : map_(map), name_(std::move(name)), problems_(problems) {}
  double number(const char* key, std::optional<double> standard = {});
  /// A number in (0, high).
  double positive(const char* key, std::optional<double> standard = {});
  /// A number in [0, 1].
  double fraction(const char* key, double standard);
  /// A whole number from 1 up.
  std::int64_t count(const char* key, std::optional<std::int64_t> standard = {});
  /// Nothing where they are missing or something else.
  std::optional<std::vector<double>> numbers(const char* key, std::size_t at_least = 0);
  Schedule schedule(const char* key);
  void problem(const char* key, const std::string& expected);

 private:
  const Value* find(const char* key, bool optional, const char* expected);

  const Value& map_;
  std::string name_;
  Problems& problems_;
};

/// One form: its name, the keys it knows beside `schedule`, and how it is made of them.
struct ScheduleRow {
  const char* name;
  std::vector<std::string> keys;
  std::shared_ptr<const Schedule::Form> (*make)(ScheduleArguments& arguments);
};

/// Every form there is.
std::span<const ScheduleRow> schedule_rows();

}  // namespace descent

#include "descent/plugin/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/plugin/schedule_forms.hpp"

namespace descent {

Schedule::Form::~Form() = default;

Schedule::Schedule(double constant) : constant_(constant), current_(constant) {}

double Schedule::at(std::int64_t step) const {
  DESCENT_ASSERT(step >= 1, "steps count from 1");
  return form_ == nullptr ? constant_ : form_->at(step);
}

double Schedule::least() const {
  return form_ == nullptr ? constant_ : form_->least();
}
double Schedule::greatest() const {
  return form_ == nullptr ? constant_ : form_->greatest();
}

std::vector<std::string> Schedule::form_names() {
  std::vector<std::string> names = {"constant"};
  for (const ScheduleRow& row : schedule_rows()) names.emplace_back(row.name);
  return names;
}

static bool is_finite_number(const Value& value) {
  return value.is_number() && std::isfinite(value.number());
}

// Adds a problem for every key of the map that is not among `keys`.
static void refuse_other_keys(const Value& map, const std::string& name, std::vector<std::string> keys,
                              Problems& problems) {
  for (const Value::Entry& entry : map.entries()) {
    if (entry.key == "schedule" || std::count(keys.begin(), keys.end(), entry.key) > 0) continue;
    problems.add(entry.key_place,
                 fmt::format("schedule '{}' has no '{}'{}", name, entry.key, suggestion(entry.key, keys)));
  }
}

Schedule Schedule::parse(const Value& value, Problems& problems) {
  if (is_finite_number(value)) return value.number();
  const Value* word = value.find("schedule");
  if (!value.is(Value::Kind::map) || word == nullptr) {
    problems.add(value.place(),
                 fmt::format("a schedule is a number or a map that names its form, such as "
                             "{{schedule: cosine, from: 1.0e-3, to: 0, steps: 10000}}, not {}",
                             value.is(Value::Kind::map) ? "a map without 'schedule'" : value.description()));
    return {};
  }
  if (!word->is(Value::Kind::text)) {
    problems.add(word->place(), fmt::format("'schedule' must be one of {}, not {}", join(form_names()),
                                            word->description()));
    return {};
  }
  const std::string& name = word->text();
  const std::size_t before = problems.lines().size();
  ScheduleArguments arguments(value, name, problems);
  if (name == "constant") {
    const double constant = arguments.number("value");
    refuse_other_keys(value, name, {"value"}, problems);
    return constant;
  }
  const auto rows = schedule_rows();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const ScheduleRow& r) { return r.name == name; });
  if (row == rows.end()) {
    problems.add(word->place(),
                 fmt::format("there is no schedule '{}'{}", name, suggestion(name, form_names())));
    return {};
  }
  std::shared_ptr<const Form> form = row->make(arguments);
  refuse_other_keys(value, name, row->keys, problems);
  Schedule schedule;
  if (problems.lines().size() > before) return schedule;
  schedule.form_ = std::move(form);
  schedule.evaluate(1);
  return schedule;
}

const Value* ScheduleArguments::find(const char* key, bool optional, const char* expected) {
  const Value* value = map_.find(key);
  if (value == nullptr && !optional)
    problems_.add(map_.place(), fmt::format("schedule '{}' needs '{}': {}", name_, key, expected));
  return value;
}

void ScheduleArguments::problem(const char* key, const std::string& expected) {
  const Value* value = map_.find(key);
  problems_.add(value->place(), fmt::format("schedule '{}': '{}' must be {}, not {}", name_, key, expected,
                                            value->description()));
}

double ScheduleArguments::number(const char* key, std::optional<double> standard) {
  const Value* value = find(key, standard.has_value(), "a number");
  if (value == nullptr) return standard.value_or(1);
  if (is_finite_number(*value)) return value->number();
  problem(key, "a number");
  return 1;
}

double ScheduleArguments::positive(const char* key, std::optional<double> standard) {
  const Value* value = find(key, standard.has_value(), "a number above 0");
  if (value == nullptr) return standard.value_or(1);
  if (is_finite_number(*value) && value->number() > 0) return value->number();
  problem(key, "a number above 0");
  return 1;
}

double ScheduleArguments::fraction(const char* key, double standard) {
  const Value* value = find(key, true, "");
  if (value == nullptr) return standard;
  if (is_finite_number(*value) && value->number() >= 0 && value->number() <= 1) return value->number();
  problem(key, "a number in [0, 1]");
  return standard;
}

std::int64_t ScheduleArguments::count(const char* key, std::optional<std::int64_t> standard) {
  const Value* value = find(key, standard.has_value(), "a whole number of at least 1");
  if (value == nullptr) return standard.value_or(1);
  if (value->is(Value::Kind::integer) && value->integer() >= 1) return value->integer();
  problem(key, "a whole number of at least 1");
  return 1;
}

std::optional<std::vector<double>> ScheduleArguments::numbers(const char* key, std::size_t at_least) {
  const Value* value = find(key, false, "a list of numbers");
  if (value == nullptr) return std::nullopt;
  if (!value->is(Value::Kind::list) ||
      !std::all_of(value->items().begin(), value->items().end(), is_finite_number) ||
      value->items().size() < at_least) {
    problem(key, at_least == 0 ? "a list of numbers" : "a list of numbers that is not empty");
    return std::nullopt;
  }
  std::vector<double> numbers;
  for (const Value& item : value->items()) numbers.push_back(item.number());
  return numbers;
}

Schedule ScheduleArguments::schedule(const char* key) {
  const Value* value = find(key, false, "a number or a schedule");
  return value == nullptr ? Schedule() : Schedule::parse(*value, problems_);
}

}  // namespace descent

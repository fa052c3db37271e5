#include "descent/plugin/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/base/text.hpp"
#include "descent/config/duration.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/plugin/schedule_forms.hpp"

namespace descent {

Schedule::Form::~Form() = default;

std::int64_t EpochLength::steps(std::int64_t epochs) const {
  if (batches <= 0) return epochs;
  std::int64_t dealt = 0;
  if (__builtin_mul_overflow(epochs, batches, &dealt) ||
      __builtin_add_overflow(dealt, batches_per_step - 1, &dealt))
    return std::numeric_limits<std::int64_t>::max();  // longer than any run
  return dealt / batches_per_step;
}

Schedule::Schedule(double constant) : constant_(constant), current_(constant) {}

double Schedule::at(std::int64_t step) const {
  DESCENT_ASSERT(step >= 1, "steps count from 1");
  return form_ == nullptr ? constant_ : form_->at(step);
}

double Schedule::min() const {
  return form_ == nullptr ? constant_ : form_->min();
}
double Schedule::max() const {
  return form_ == nullptr ? constant_ : form_->max();
}

std::vector<std::string> Schedule::form_names() {
  std::vector<std::string> names;
  for (const ScheduleRow& row : schedule_rows()) names.emplace_back(row.name);
  return names;
}

static bool is_duration(const Value& value) {
  const auto duration = parse_duration(value);
  return duration && duration->unit != DurationUnit::minutes && duration->count >= 1;
}

static bool is_finite_number(const Value& value) {
  return value.is_number() && std::isfinite(value.number());
}

// Adds a problem for every key of the map that the form does not know.
static void refuse_other_keys(const Value& map, const ScheduleRow& row, Diagnostics& diagnostics) {
  std::vector<std::string> keys;
  for (const ScheduleKey& key : row.keys) keys.emplace_back(key.name);
  for (const Value::Entry& entry : map.entries()) {
    if (entry.key == "schedule" || std::count(keys.begin(), keys.end(), entry.key) > 0) continue;
    const std::string owner = fmt::format("schedule '{}'", row.name);
    diagnostics.add(unknown_word(entry.key_location, owner, fmt::format("{} has no '{}'", owner, entry.key),
                                 entry.key, keys));
  }
}

// The row that a schedule's map names; null, and a problem, when there is none.
static const ScheduleRow* find_row(const Value& word, Diagnostics& diagnostics) {
  if (!word.is(Value::Kind::text)) {
    diagnostics.add(word.location(), fmt::format("'schedule' must be one of {}, not {}",
                                                 join(Schedule::form_names()), word.description()));
    return nullptr;
  }
  for (const ScheduleRow& row : schedule_rows())
    if (word.text() == row.name) return &row;
  diagnostics.add(unknown_word(word.location(), "schedules",
                               fmt::format("there is no schedule '{}'", word.text()), word.text(),
                               Schedule::form_names(), codes::unknown_name));
  return nullptr;
}

Schedule Schedule::parse(const Value& value, Diagnostics& diagnostics, const std::string& key) {
  return parse(value, diagnostics, key, {});
}

void Schedule::set_epoch(const EpochLength& epoch, Diagnostics& diagnostics) {
  if (in_epochs_ == nullptr) return;
  const auto written = in_epochs_;
  *this = parse(*written, diagnostics, "", epoch);
}

Schedule Schedule::parse(const Value& value, Diagnostics& diagnostics, const std::string& key,
                         const EpochLength& epoch) {
  if (is_finite_number(value)) return value.number();
  const Value* word = value.find("schedule");
  if (!value.is(Value::Kind::map) || word == nullptr) {
    diagnostics.add(
        value.location(),
        fmt::format("{} is a number or a map that names its form, such as "
                    "{{schedule: cosine, from: 1.0e-3, to: 0, steps: 10000}}, not {}",
                    key.empty() ? "a schedule" : fmt::format("'{}'", key),
                    value.is(Value::Kind::map) ? "a map without 'schedule'" : value.description()));
    return {};
  }
  const ScheduleRow* row = find_row(*word, diagnostics);
  if (row == nullptr) return {};
  const std::size_t before = diagnostics.size();
  ScheduleArguments arguments(value, *row, epoch, diagnostics);
  std::shared_ptr<const Form> form;
  Schedule schedule;
  if (row->make != nullptr)
    form = row->make(arguments);
  else
    schedule = arguments.number("value");
  refuse_other_keys(value, *row, diagnostics);
  if (diagnostics.size() > before) return {};
  if (form != nullptr) schedule.form_ = std::move(form);
  if (arguments.counts_epochs()) schedule.in_epochs_ = std::make_shared<const Value>(value);
  schedule.evaluate(1);
  return schedule;
}

std::string ScheduleKey::expectation() const {
  switch (kind) {
    case Kind::number:
      return "a number";
    case Kind::positive:
      return "a number above 0";
    case Kind::fraction:
      return "a number in [0, 1]";
    case Kind::duration:
      return "a whole number of at least 1";
    case Kind::numbers:
    case Kind::durations:
      return "a list of numbers";
    case Kind::schedule:
      return "a number or a schedule";
  }
  return "";
}

bool ScheduleKey::allows(const Value& value) const {
  switch (kind) {
    case Kind::number:
      return is_finite_number(value);
    case Kind::positive:
      return is_finite_number(value) && value.number() > 0;
    case Kind::fraction:
      return is_finite_number(value) && value.number() >= 0 && value.number() <= 1;
    case Kind::duration:
      return is_duration(value);
    case Kind::numbers:
      return value.is(Value::Kind::list) &&
             std::all_of(value.items().begin(), value.items().end(), is_finite_number);
    case Kind::durations:
      return value.is(Value::Kind::list) &&
             std::all_of(value.items().begin(), value.items().end(),
                         [](const Value& item) { return is_finite_number(item) || is_duration(item); });
    case Kind::schedule:
      return true;  // Schedule::parse says more
  }
  return false;
}

const ScheduleKey& ScheduleArguments::described(const char* name) const {
  const auto key = std::find_if(row_.keys.begin(), row_.keys.end(),
                                [&](const ScheduleKey& k) { return std::string_view(k.name) == name; });
  DESCENT_ASSERT(key != row_.keys.end(), "a schedule reads the keys of its row alone");
  return *key;
}

const Value* ScheduleArguments::find(const char* name) {
  const ScheduleKey& key = described(name);
  const Value* value = map_.find(name);
  if (value == nullptr && !key.default_value)
    diagnostics_.add({map_.location(),
                      fmt::format("schedule '{}' needs '{}': {}", row_.name, name, key.expectation()),
                      codes::missing, name});
  if (value == nullptr || key.allows(*value)) return value;
  problem(name, key.expectation());
  return nullptr;
}

void ScheduleArguments::problem(const char* name, const std::string& expected) {
  const Value* value = map_.find(name);
  diagnostics_.add(
      value->location(),
      fmt::format("schedule '{}': '{}' must be {}, not {}", row_.name, name, expected, value->description()),
      codes::wrong_type);
}

double ScheduleArguments::number(const char* name) {
  const Value* value = find(name);
  return value == nullptr ? described(name).default_value.value_or(1) : value->number();
}

std::int64_t ScheduleArguments::steps_of(const Value& duration) {
  const WrittenDuration written = *parse_duration(duration);
  if (written.unit != DurationUnit::epochs) return written.count;
  counts_epochs_ = true;
  return epoch_.steps(written.count);
}

std::int64_t ScheduleArguments::duration(const char* name) {
  const Value* value = find(name);
  return value == nullptr ? static_cast<std::int64_t>(described(name).default_value.value_or(1))
                          : steps_of(*value);
}

std::optional<std::vector<double>> ScheduleArguments::numbers(const char* name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  std::vector<double> numbers;
  for (const Value& item : value->items()) numbers.push_back(item.number());
  return numbers;
}

std::optional<std::vector<double>> ScheduleArguments::durations(const char* name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  std::vector<double> steps;
  for (const Value& item : value->items())
    steps.push_back(is_duration(item) ? static_cast<double>(steps_of(item)) : item.number());
  return steps;
}

Schedule ScheduleArguments::schedule(const char* name) {
  const Value* value = find(name);
  if (value == nullptr) return {};
  Schedule schedule = Schedule::parse(*value, diagnostics_, name, epoch_);
  counts_epochs_ = counts_epochs_ || schedule.counts_epochs();
  return schedule;
}

}  // namespace descent

#include "descent/experiment/section.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/config/duration.hpp"
#include "descent/config/renamed_words.hpp"

namespace descent::experiment {

std::filesystem::path folder_of(const SourceLocation& location) {
  return location.line > 0 ? std::filesystem::path(location.file).parent_path() : std::filesystem::path();
}

std::filesystem::path absolute_path(const std::string& path, const SourceLocation& location) {
  return std::filesystem::absolute(folder_of(location) / path).lexically_normal();
}

void add_expectation(const std::string& what, const std::string& expected, const Value& given,
                     Diagnostics& diagnostics) {
  diagnostics.add(given.location(),
                  fmt::format("'{}' expects {}, not {}", what, expected, given.description()),
                  codes::wrong_type);
}

std::optional<Duration> read_duration(const Value& value, const std::string& what, std::int64_t least,
                                      Minutes minutes, Diagnostics& diagnostics) {
  const auto written = parse_duration(value);
  if (!written) {
    const bool with_minutes = minutes == Minutes::allowed;
    add_expectation(what,
                    fmt::format("a duration, such as 500, 500 steps{} 2 epochs{}", with_minutes ? "," : " or",
                                with_minutes ? " or 10 minutes" : ""),
                    value, diagnostics);
    return std::nullopt;
  }
  if (written->unit == DurationUnit::minutes && minutes == Minutes::refused) {
    diagnostics.add(value.location(),
                    fmt::format("'{}' counts steps or epochs, so that a run can be repeated; minutes "
                                "are for 'checkpoint.every' only",
                                what));
    return std::nullopt;
  }
  if (written->count < least) {
    diagnostics.add(value.location(), fmt::format("'{}' is at least {}, not {}", what, least, written->count),
                    codes::out_of_range);
    return std::nullopt;
  }
  return Duration{written->count, written->unit, value.location()};
}

SectionReader::SectionReader(const Value* value, std::string title, const std::string& example,
                             Diagnostics& diagnostics)
    : map_(Value::map()), title_(std::move(title)), diagnostics_(diagnostics) {
  if (value == nullptr) return;
  location_ = value->location();
  if (value->is(Value::Kind::map)) {
    map_ = *value;
  } else if (!value->is(Value::Kind::null)) {
    add_expectation(title_, fmt::format("a map, such as {}", example), *value, diagnostics);
  }
}

std::string SectionReader::name_of(const std::string& key) const {
  return fmt::format("{}.{}", title_, key);
}

const Value* SectionReader::find(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  const Value* value = map_.find(key);
  return value == nullptr || value->is(Value::Kind::null) ? nullptr : value;
}

std::int64_t SectionReader::whole(const std::string& key, std::int64_t default_value, std::int64_t least,
                                  std::int64_t most) {
  const Value* value = find(key);
  if (value == nullptr) return default_value;
  if (!value->is(Value::Kind::integer)) {
    add_expectation(name_of(key), fmt::format("a whole number, such as {}", std::max(default_value, least)),
                    *value, diagnostics_);
    return default_value;
  }
  if (value->integer() < least || value->integer() > most) {
    const bool bounded = most != std::numeric_limits<std::int64_t>::max();
    diagnostics_.add(value->location(),
                     fmt::format("'{}' is at least {}{}, not {}", name_of(key), least,
                                 bounded ? fmt::format(" and at most {}", most) : "", value->integer()),
                     codes::out_of_range);
    return default_value;
  }
  return value->integer();
}

double SectionReader::number(const std::string& key, double default_value, double least) {
  const Value* value = find(key);
  if (value == nullptr) return default_value;
  if (!value->is(Value::Kind::integer) && !value->is(Value::Kind::number)) {
    add_expectation(name_of(key), "a number, such as 0.5", *value, diagnostics_);
    return default_value;
  }
  // Written so that NaN is refused too.
  if (!(value->number() >= least)) {
    diagnostics_.add(value->location(),
                     fmt::format("'{}' is at least {}, not {}", name_of(key), number_text(least),
                                 number_text(value->number())),
                     codes::out_of_range);
    return default_value;
  }
  return value->number();
}

bool SectionReader::flag(const std::string& key, bool default_value) {
  const Value* value = find(key);
  if (value == nullptr) return default_value;
  if (value->is(Value::Kind::boolean)) return value->boolean();
  add_expectation(name_of(key), "true or false", *value, diagnostics_);
  return default_value;
}

std::string SectionReader::text(const std::string& key, const std::string& default_value,
                                const std::string& example) {
  const Value* value = find(key);
  if (value == nullptr) return default_value;
  if (value->is(Value::Kind::text)) return value->text();
  add_expectation(name_of(key), fmt::format("a text, such as {}", example), *value, diagnostics_);
  return default_value;
}

std::size_t SectionReader::choice(const std::string& key, const std::vector<std::string>& words,
                                  std::size_t default_value) {
  const Value* value = find(key);
  if (value == nullptr) return default_value;
  const auto word =
      value->is(Value::Kind::text) ? std::find(words.begin(), words.end(), value->text()) : words.end();
  if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  add_expectation(name_of(key), join(words, " or "), *value, diagnostics_);
  return default_value;
}

Duration SectionReader::duration(const std::string& key, Duration default_value, std::int64_t least,
                                 Minutes minutes) {
  const Value* value = find(key);
  if (value == nullptr) return default_value;
  return read_duration(*value, name_of(key), least, minutes, diagnostics_).value_or(default_value);
}

void SectionReader::finish() {
  for (const auto& entry : map_.entries())
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end())
      diagnostics_.add(unknown_word(entry.key_location, fmt::format("'{}'", title_),
                                    fmt::format("'{}' has no key '{}'", title_, entry.key), entry.key,
                                    known_));
}

}  // namespace descent::experiment

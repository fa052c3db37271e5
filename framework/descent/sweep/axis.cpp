#include "descent/sweep/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "descent/base/text.hpp"
#include "descent/experiment/range_text.hpp"
#include "descent/experiment/yaml.hpp"

namespace descent::sweep {

namespace {

constexpr std::int64_t most_points = 100'000;

bool is_number(const Value* value) {
  return value != nullptr && value->is_number();
}

const std::vector<std::string>& axis_words() {
  static const std::vector<std::string> words = {"choice", "min", "max", "scale", "points"};
  return words;
}

bool is_axis_word(const std::string& key) {
  return std::find(axis_words().begin(), axis_words().end(), key) != axis_words().end();
}

double rounded(double number) {
  return std::strtod(fmt::format("{:.5e}", number).c_str(), nullptr);
}

// How overrides address an entry of a list: by its name, its plugin, or its number.
std::string entry_key(const std::vector<Value>& entries, std::size_t index) {
  const auto name_of = [](const Value& entry) -> std::string {
    if (entry.is(Value::Kind::text)) return entry.text();
    for (const char* key : {"name", "plugin"})
      if (const Value* name = entry.find(key); name != nullptr && name->is(Value::Kind::text))
        return name->text();
    return "";
  };
  const std::string own = name_of(entries[index]);
  const auto same = [&](const Value& entry) { return name_of(entry) == own; };
  const bool unique = !own.empty() && std::count_if(entries.begin(), entries.end(), same) == 1;
  return unique ? own : std::to_string(index + 1);
}

std::string quoted_key(const std::string& key) {
  return key.find('.') == std::string::npos ? key : fmt::format("\"{}\"", key);
}

/// Reads one axis and those within its choices.
class Reader {
 public:
  Reader(Points points, Diagnostics& diagnostics) : points_(points), diagnostics_(diagnostics) {}

  Axis read(const std::string& path, const Value& written) {
    const auto short_form = written.is(Value::Kind::text)
                                ? experiment::axis_of_range(written.text(), written.location())
                                : std::nullopt;
    const Value& value = short_form ? *short_form : written;
    const std::size_t before = diagnostics_.size();
    Axis axis{path, value.location(), {}, {}};
    const Value* choice = value.find("choice");
    if (!looks_like_axis(value)) {
      refuse(path, value);
    } else if (choice != nullptr) {
      if (value.entries().size() > 1)
        diagnostics_.add(
            value.location(),
            fmt::format("the axis '{}' is either a choice or a range of min and max, not both", path));
      read_choice(axis, *choice);
    } else {
      read_range(axis, value);
    }
    axis.is_wrong = diagnostics_.size() != before;
    return axis;
  }

 private:
  void refuse(const std::string& path, const Value& value) {
    std::string hint;
    if (value.is(Value::Kind::map))
      for (const Value::Entry& entry : value.entries())
        if (!is_axis_word(entry.key) && hint.empty())
          hint = fmt::format(", and has no '{}'{}", entry.key, suggestion(entry.key, axis_words()));
    diagnostics_.add(value.location(),
                     fmt::format("the axis '{}' expects {{choice: [...]}}, {{min: 1.0e-4, max: 0.1, scale: "
                                 "log, points: 7}} or, in short, 1.0e-4..0.1:log:7{}",
                                 path, hint.empty() ? ", not " + value.description() : hint));
  }

  void read_choice(Axis& axis, const Value& choice) {
    if (!choice.is(Value::Kind::list) || choice.items().empty())
      return diagnostics_.add(choice.location(),
                              fmt::format("the axis '{}' has no values: 'choice' expects a list of at "
                                          "least one",
                                          axis.path));
    std::set<std::string> seen;
    for (const Value& item : choice.items()) {
      if (!seen.insert(experiment::to_yaml(item)).second) {
        diagnostics_.add(item.location(), fmt::format("the axis '{}' has this value twice", axis.path));
        continue;
      }
      AxisChoice one;
      take_axes(axis.path, item, one.value, one.axes);
      axis.choices.push_back(std::move(one));
    }
  }

  // `value` without the axes in it, which are added to `axes`.
  void take_axes(const std::string& path, const Value& value, Value& kept, std::vector<Axis>& axes) {
    if (looks_like_axis(value)) {
      axes.push_back(read(path, value));
    } else if (value.is(Value::Kind::map)) {
      kept = Value::map().at(value.location());
      for (const Value::Entry& entry : value.entries()) {
        Value inner;
        take_axes(fmt::format("{}.{}", path, quoted_key(entry.key)), entry.value, inner, axes);
        if (looks_like_axis(entry.value))
          axes.back().location = entry.key_location;
        else
          kept.entries().push_back({entry.key, std::move(inner), entry.key_location});
      }
    } else if (value.is(Value::Kind::list)) {
      kept = Value::list().at(value.location());
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        Value inner;
        const std::string key = quoted_key(entry_key(value.items(), i));
        take_axes(fmt::format("{}.{}", path, key), value.items()[i], inner, axes);
        kept.items().push_back(std::move(inner));
      }
    } else {
      kept = value;
    }
  }

  void read_range(Axis& axis, const Value& value) {
    const std::size_t before = diagnostics_.size();
    check_ends(axis, value);
    const bool right_ends = diagnostics_.size() == before;
    const std::optional<std::int64_t> points = read_points(value, axis.path);
    if (!right_ends) return;
    const Value* scale = value.find("scale");
    axis.range = AxisRange{*value.find("min"), *value.find("max"),
                           scale != nullptr && scale->is(Value::Kind::text) && scale->text() == "log", points,
                           points ? value.find("points")->location() : SourceLocation()};
  }

  void check_ends(const Axis& axis, const Value& value) {
    const Value *minimum = value.find("min"), *maximum = value.find("max"), *scale = value.find("scale");
    for (const Value* end : {minimum, maximum})
      if (!is_number(end))
        problem(axis, *end, fmt::format("goes from a number to a number, not {}", end->description()));
    const bool logarithmic = scale != nullptr && scale->is(Value::Kind::text) && scale->text() == "log";
    const bool linear = scale == nullptr || (scale->is(Value::Kind::text) && scale->text() == "linear");
    if (!logarithmic && !linear)
      problem(axis, *scale, fmt::format("has the scale linear or log, not {}", scale->description()));
    if (!is_number(minimum) || !is_number(maximum)) return;
    if (!std::isfinite(minimum->number()) || !std::isfinite(maximum->number()))
      problem(axis, value, "needs finite ends");
    else if (!(minimum->number() < maximum->number()))
      problem(axis, *maximum,
              fmt::format("goes from {} up to {}: max must be greater than min",
                          number_text(minimum->number()), number_text(maximum->number())));
    if (logarithmic && !(minimum->number() > 0))
      problem(axis, *minimum, "begins at 0 or below: a log scale needs min above 0");
  }

  void problem(const Axis& axis, const Value& at, const std::string& message) {
    diagnostics_.add(at.location(), fmt::format("the axis '{}' {}", axis.path, message));
  }

  std::optional<std::int64_t> read_points(const Value& value, const std::string& path) {
    const Value* points = value.find("points");
    if (points_ == Points::refused) {
      if (points != nullptr)
        diagnostics_.add(
            points->location(),
            fmt::format("the axis '{}' has 'points', which are for the method grid; the others draw "
                        "from the whole range, 'sweep.runs' times",
                        path));
      return std::nullopt;
    }
    if (points == nullptr) {
      diagnostics_.add(value.location(),
                       fmt::format("the axis '{}' needs 'points': how many values a grid takes of it", path),
                       codes::missing);
      return std::nullopt;
    }
    if (points->is(Value::Kind::integer) && points->integer() >= 2 && points->integer() <= most_points)
      return points->integer();
    diagnostics_.add(points->location(),
                     fmt::format("the axis '{}' has at least 2 points and at most {}, not {}", path,
                                 most_points, points->description()));
    return std::nullopt;
  }

  Points points_;
  Diagnostics& diagnostics_;
};

}  // namespace

// Within a section, an axis is told from a map of options by its words.
bool looks_like_axis(const Value& value) {
  if (value.is(Value::Kind::text))
    return experiment::axis_of_range(value.text(), value.location()).has_value();
  if (!value.is(Value::Kind::map) || value.entries().empty()) return false;
  if (value.find("choice") == nullptr && (value.find("min") == nullptr || value.find("max") == nullptr))
    return false;
  return std::all_of(value.entries().begin(), value.entries().end(),
                     [](const Value::Entry& entry) { return is_axis_word(entry.key); });
}

// Beyond 2^53 a double has no fraction, and may lie outside of the ends, which are exact.
Value AxisRange::whole_at(double number) const {
  const double low = minimum.number(), high = maximum.number();
  if (number >= high) return maximum;
  if (number <= low) return minimum;
  return Value(Value::of(static_cast<std::int64_t>(std::llround(number)))).at(minimum.location());
}

Value AxisRange::at(double share) const {
  if (share <= 0) return minimum;
  if (share >= 1) return maximum;
  const double low = minimum.number(), high = maximum.number();
  const double number = logarithmic ? low * std::pow(high / low, share) : low + share * (high - low);
  return is_whole() ? whole_at(number) : Value(Value::of(rounded(number))).at(minimum.location());
}

Value AxisRange::drawn(double share) const {
  if (!is_whole()) return at(share);
  const double low = minimum.number() - 0.5, high = maximum.number() + 0.5;
  return whole_at(logarithmic ? low * std::pow(high / low, share) : low + share * (high - low));
}

bool has_whole_ends(const AxisRange& range) {
  const auto is_whole = [](const Value& end) {
    constexpr double most = 0x1p63;
    const double number = end.number();
    return end.is(Value::Kind::integer) || (std::trunc(number) == number && number >= -most && number < most);
  };
  return is_whole(range.minimum) && is_whole(range.maximum);
}

void settle_range(Axis& axis, bool whole, Diagnostics& diagnostics) {
  AxisRange& range = *axis.range;
  for (Value* end : {&range.minimum, &range.maximum}) {
    const SourceLocation location = end->location();
    if (whole && end->is(Value::Kind::number)) *end = Value::of(static_cast<std::int64_t>(end->number()));
    if (!whole && end->is(Value::Kind::integer)) *end = Value::of(end->number());
    end->at(location);
  }
  for (std::int64_t i = 0; range.points && i < *range.points; ++i) {
    Value at = range.at(static_cast<double>(i) / static_cast<double>(*range.points - 1));
    if (!axis.choices.empty() && axis.choices.back().value == at) {
      axis.choices.clear();
      axis.is_wrong = true;
      return diagnostics.add(range.points_location,
                             fmt::format("the axis '{}' has no {} different {}numbers between its ends",
                                         axis.path, *range.points, whole ? "whole " : ""));
    }
    axis.choices.push_back({std::move(at), {}});
  }
}

std::size_t Axis::size() const {
  std::size_t sum = 0;
  for (const AxisChoice& choice : choices) {
    std::size_t product = 1;
    for (const Axis& axis : choice.axes) product *= axis.size();
    sum += product;
  }
  return sum;
}

Axis read_axis(const std::string& path, const Value& value, Points points, Diagnostics& diagnostics) {
  return Reader(points, diagnostics).read(path, value);
}

}  // namespace descent::sweep

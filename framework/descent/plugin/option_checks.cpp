#include "descent/plugin/option_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"

namespace descent {

namespace {

using Kind = Value::Kind;

bool is_ordered_number(const Value& value) {
  return value.is_number() && !std::isnan(value.number());
}

// A whole limit without the dot that tells YAML a number from a whole number.
std::string limit_text(double limit) {
  if (limit == std::floor(limit) && std::abs(limit) < 1e6) return fmt::format("{:.0f}", limit);
  return number_text(limit);
}

// ` in [0, 1)`, ` above 0`, ` of at least 1`; empty without limits.
std::string limits(const Option& option) {
  if (option.minimum && option.maximum)
    return fmt::format(" in {}{}, {}{}", option.minimum_excluded ? '(' : '[', limit_text(*option.minimum),
                       limit_text(*option.maximum), option.maximum_excluded ? ')' : ']');
  if (option.minimum)
    return fmt::format(" {} {}", option.minimum_excluded ? "above" : "of at least",
                       limit_text(*option.minimum));
  if (option.maximum)
    return fmt::format(" {} {}", option.maximum_excluded ? "below" : "of at most",
                       limit_text(*option.maximum));
  return "";
}

bool within(const Option& option, double number) {
  if (option.minimum && (option.minimum_excluded ? number <= *option.minimum : number < *option.minimum))
    return false;
  return !option.maximum || (option.maximum_excluded ? number < *option.maximum : number <= *option.maximum);
}

// Checks one option's value; remembers what every message of it begins with.
class Check {
 public:
  Check(const Option& option, const std::string& owner, Diagnostics& diagnostics)
      : option_(option), owner_(owner), diagnostics_(diagnostics) {}

  void refuse(const Value& value, const std::string& hint = "") const {
    diagnostics_.add(
        value.location(),
        fmt::format("{}: '{}' must be {}, not {}{}", owner_, option_.name,
                    is_too_large(value) ? fmt::format("a whole number of at most {}", most_of_anything)
                                        : expectation(option_),
                    value.description(), hint),
        code_of(value));
  }
  void refuse_part(const Value& part, const std::string& what) const {
    diagnostics_.add(part.location(),
                     fmt::format("{}: '{}' must be {}; {}", owner_, option_.name, expectation(option_), what),
                     code_of(part));
  }
  void single(const Value& value, bool whole) const {
    if (!fits(value, whole)) refuse(value);
  }
  void size(const Value& value) const {
    constexpr std::int64_t max_size = 1'000'000'000;
    const bool is_number = value.is(Kind::integer) && value.integer() >= 1 && value.integer() <= max_size;
    if (!is_number && !(value.is(Kind::text) && value.text() == "output")) refuse(value);
  }
  void extents(const Value& value) const {
    if (!value.is(Kind::list)) return single(value, true);
    if (value.items().size() != 2) return refuse(value);
    list(value, true);
  }
  void list(const Value& list, bool whole) const {
    if (!list.is(Kind::list)) return refuse(list);
    std::size_t index = 0;
    for (const Value& item : list.items()) {
      ++index;
      if (!fits(item, whole)) refuse_part(item, fmt::format("element {} is {}", index, item.description()));
    }
  }
  void matrix(const Value& rows) const {
    if (!rows.is(Kind::list)) return refuse(rows);
    std::size_t index = 0;
    for (const Value& row : rows.items()) {
      ++index;
      if (!row.is(Kind::list)) {
        refuse_part(row, fmt::format("row {} is {}", index, row.description()));
        continue;
      }
      list(row, false);
      const std::size_t width = rows.items()[0].is(Kind::list) ? rows.items()[0].items().size() : 0;
      if (row.items().size() != width && width > 0)
        refuse_part(row,
                    fmt::format("row {} has {} numbers, the first has {}", index, row.items().size(), width));
    }
  }
  void vectors(const Value& value) const {
    if (!value.is(Kind::map)) return list(value, false);
    for (const Value::Entry& entry : value.entries()) {
      if (entry.value.is(Kind::list))
        list(entry.value, false);
      else
        refuse_part(entry.value, fmt::format("'{}' is {}", entry.key, entry.value.description()));
    }
  }
  void texts(const Value& value) const {
    if (value.is(Kind::text)) return;
    if (!value.is(Kind::list)) return refuse(value);
    std::size_t index = 0;
    for (const Value& item : value.items()) {
      ++index;
      if (!item.is(Kind::text)) refuse_part(item, fmt::format("element {} is {}", index, item.description()));
    }
  }
  void map(const Value& value) const {
    if (value.is(Kind::text)) return;
    if (!value.is(Kind::map)) return refuse(value);
    for (const Value::Entry& entry : value.entries())
      if (!entry.value.is(Kind::text))
        refuse_part(entry.value, fmt::format("'{}' is {}", entry.key, entry.value.description()));
  }
  void choice(const Value& value) const {
    const bool known =
        value.is(Kind::text) && std::count(option_.choices.begin(), option_.choices.end(), value.text()) > 0;
    if (known) return;
    const auto near = value.is(Kind::text) ? nearest(value.text(), option_.choices) : std::nullopt;
    const auto renamed =
        value.is(Kind::text) ? renamed_hint(owner_, value.text(), option_.choices) : std::nullopt;
    if (renamed)
      diagnostics_.add({value.location(), fmt::format("{}: '{}': {}", owner_, option_.name, *renamed),
                        codes::renamed, value.text()});
    else
      refuse(value, near ? fmt::format("; did you mean '{}'?", *near) : "");
  }

 private:
  // A number of the right kind lies outside of the limits; anything else is something else.
  static constexpr std::int64_t most_of_anything = (std::int64_t{1} << 31) - 1;
  const char* code_of(const Value& value) const {
    const bool is_whole = option_.type == OptionType::integer || option_.type == OptionType::integers ||
                          option_.type == OptionType::extents;
    const bool right_kind = is_whole ? value.is(Kind::integer) : value.is_number();
    const bool outside =
        right_kind && (!within(option_, value.number()) || (is_whole && is_too_large(value)));
    return outside ? codes::out_of_range : codes::wrong_type;
  }
  bool fits(const Value& value, bool whole) const {
    return is_ordered_number(value) && (!whole || value.is(Kind::integer)) &&
           within(option_, value.number()) && !(whole && is_too_large(value));
  }
  // No count of anything is so large; its product with another one would not fit into 64 bits.
  bool is_too_large(const Value& value) const {
    return !option_.of_any_size && !option_.maximum && value.is(Kind::integer) &&
           value.integer() > most_of_anything;
  }

  const Option& option_;
  const std::string& owner_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string expectation(const Option& option) {
  switch (option.type) {
    case OptionType::number:
      return "a number" + limits(option);
    case OptionType::integer:
      return "a whole number" + limits(option);
    case OptionType::flag:
      return "true or false";
    case OptionType::text:
      return "a text";
    case OptionType::choice:
      return "one of " + join(option.choices);
    case OptionType::numbers:
      return "a list of numbers" + limits(option);
    case OptionType::integers:
      return "a list of whole numbers" + limits(option);
    case OptionType::matrix:
      return "a list of rows of numbers" + limits(option) + ", all of one length";
    case OptionType::vectors:
      return "a list of numbers" + limits(option) + ", or a map of such lists";
    case OptionType::texts:
      return "a list of texts, or one text";
    case OptionType::map:
      return "a map of names to texts, or one text";
    case OptionType::schedule:
      return "a number" + limits(option) + ", or a schedule of such numbers";
    case OptionType::size:
      return "a whole number of at least 1, or output";
    case OptionType::extents:
      return "a whole number" + limits(option) + ", or two such numbers, [HEIGHT, WIDTH]";
    case OptionType::padding:
      return "a padding such as same, valid or 1";
    case OptionType::network:
      return "a network such as {hidden: [128, 128], activation: relu}";
    case OptionType::layers:
      return "a list of layers such as [{linear: 128}, relu], or one layer";
    case OptionType::likelihood:
      return "a likelihood such as bernoulli or {gaussian: 1.0}";
    case OptionType::prior:
      return "a prior such as standard or {vamp: {components: 500}}";
    case OptionType::path:
      return "a path";
    case OptionType::run:
      return "the directory of a finished run";
  }
  return "";
}

void check_option(const Option& option, const Value& value, const std::string& owner,
                  Diagnostics& diagnostics) {
  const Check check(option, owner, diagnostics);
  switch (option.type) {
    case OptionType::number:
      return check.single(value, false);
    case OptionType::integer:
      return check.single(value, true);
    case OptionType::flag:
      if (!value.is(Kind::boolean)) check.refuse(value);
      return;
    case OptionType::text:
    case OptionType::path:
    case OptionType::run:
      if (!value.is(Kind::text)) check.refuse(value);
      return;
    case OptionType::choice:
      return check.choice(value);
    case OptionType::numbers:
      return check.list(value, false);
    case OptionType::integers:
      return check.list(value, true);
    case OptionType::matrix:
      return check.matrix(value);
    case OptionType::vectors:
      return check.vectors(value);
    case OptionType::texts:
      return check.texts(value);
    case OptionType::map:
      return check.map(value);
    case OptionType::schedule:
      if (!value.is(Kind::map)) check.single(value, false);
      return;
    case OptionType::size:
      return check.size(value);
    case OptionType::extents:
      return check.extents(value);
    case OptionType::network:
      if (!value.is(Kind::map)) check.refuse(value);
      return;
    case OptionType::layers:      // left to NetworkSpec
    case OptionType::likelihood:  // left to Likelihood
    case OptionType::prior:       // left to Prior
    case OptionType::padding:     // left to Padding
      return;
  }
}

void check_schedule(const Option& option, const Schedule& schedule, const Value& value,
                    const std::string& owner, Diagnostics& diagnostics) {
  Option limits = option;
  if (!schedule.constant()) limits.minimum_excluded = false;
  for (const double extreme : {schedule.min(), schedule.max()}) {
    if (within(limits, extreme)) continue;
    diagnostics.add(
        value.location(),
        fmt::format("{}: '{}' must be {}; this schedule {} {}", owner, option.name, expectation(option),
                    schedule.constant() ? "is" : "reaches", number_text(extreme)),
        codes::out_of_range);
    return;
  }
}

}  // namespace descent

#include "descent/conformance/option_effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "descent/base/text.hpp"

namespace descent::conformance {

namespace {

bool in_limits(const Option& option, double number) {
  if (option.minimum && (number < *option.minimum || (option.minimum_excluded && number == *option.minimum)))
    return false;
  return !option.maximum ||
         !(number > *option.maximum || (option.maximum_excluded && number == *option.maximum));
}

// Half, twice, and what lies between the limits.
void add_numbers(const Option& option, double number, std::vector<Value>& values) {
  std::vector<double> candidates = {number * 2, number / 2, number + 1, number - 1, 0.5, 0.9, 1.0};
  for (const double candidate : candidates) {
    if (candidate == number || !in_limits(option, candidate)) continue;
    if (option.type != OptionType::integer)
      values.push_back(Value::of(candidate));
    else if (candidate == static_cast<double>(static_cast<std::int64_t>(candidate)))
      values.push_back(Value::of(static_cast<std::int64_t>(candidate)));
  }
}

// A list with every number doubled.
Value doubled(const Option& option, const Value& value) {
  if (value.is_number()) {
    if (!in_limits(option, value.number() * 2) || value.number() == 0) return value;
    return value.is(Value::Kind::integer) ? Value::of(value.integer() * 2) : Value::of(value.number() * 2);
  }
  Value result = value;
  if (value.is(Value::Kind::list))
    for (Value& item : result.items()) item = doubled(option, item);
  if (value.is(Value::Kind::map))
    for (Value::Entry& entry : result.entries()) entry.value = doubled(option, entry.value);
  return result;
}

Value current_value(const Option& option, const Value& section) {
  const Value* given = section.find(option.name);
  return given != nullptr ? *given : option.default_value;
}

/// Remembers what the plugin did with which options.
class Observed {
 public:
  explicit Observed(const Behavior& behavior) : behavior_(behavior) {}

  /// Nothing where the options cannot be used together.
  const std::optional<std::vector<double>>& of(const Value& section) {
    for (const auto& [seen, numbers] : seen_)
      if (seen == section) return numbers;
    std::optional<std::vector<double>> numbers;
    try {
      numbers = behavior_(section);
    } catch (const Error& error) {
      refusal_ = error.what();
    }
    seen_.push_back({section, std::move(numbers)});
    return seen_.back().second;
  }

  bool differ(const Value& a, const Value& b) {
    const auto first = of(a);
    const auto& second = of(b);
    if (!first || !second) return false;
    return !std::equal(first->begin(), first->end(), second->begin(), second->end(), [](double x, double y) {
      return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
    });
  }
  const std::string& refusal() const { return refusal_; }

 private:
  const Behavior& behavior_;
  std::deque<std::pair<Value, std::optional<std::vector<double>>>> seen_;
  std::string refusal_;
};

// The subject's options, and the same with others at their examples: each of them alone, then all.
std::vector<Value> contexts(const Subject& subject, const Option& tried,
                            const std::set<std::string>& left_out) {
  std::vector<Value> sections = {subject.options};
  Value all = subject.options;
  for (const Option& other : subject.plugin->options().options()) {
    if (other.name == tried.name || left_out.contains(other.name)) continue;
    const std::vector<Value> values = other_values(other, subject.options);
    if (values.empty()) continue;
    // Each of a choice's words may be what the option waits for.
    const bool is_choice = other.type == OptionType::choice || other.type == OptionType::prior;
    const std::size_t count = is_choice ? values.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      Value one = subject.options;
      one.set(other.name, values[i]);
      sections.push_back(std::move(one));
    }
    all.set(other.name, values[0]);
  }
  sections.push_back(std::move(all));
  return sections;
}

bool has_effect(const Subject& subject, const Option& option, const std::vector<Value>& values,
                Observed& observed, const std::set<std::string>& left_out) {
  for (const Value& context : contexts(subject, option, left_out)) {
    for (const Value& value : values) {
      Value changed = context;
      changed.set(option.name, value);
      if (observed.differ(context, changed)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Value> other_values(const Option& option, const Value& section) {
  const Value now = current_value(option, section);
  const auto is_other = [&](const Value& given) { return !given.is(Value::Kind::null) && !(given == now); };
  if (is_other(option.contrast)) return {option.contrast};
  std::vector<Value> values;
  if (option.depends_on_file) return {};
  // A path that people may have is no file here.
  if (is_other(option.example) && option.type != OptionType::path) values.push_back(option.example);
  switch (option.type) {
    case OptionType::number:
    case OptionType::integer:
    case OptionType::schedule:
      if (now.is_number()) add_numbers(option, now.number(), values);
      break;
    case OptionType::flag:
      values.push_back(Value::of(!now.boolean()));
      break;
    case OptionType::choice:
      for (const std::string& word : option.choices)
        if (word != now.text()) values.push_back(Value::of(word));
      break;
    case OptionType::numbers:
    case OptionType::integers:
    case OptionType::matrix:
    case OptionType::vectors:
      if (const Value changed = doubled(option, now); !(changed == now)) values.push_back(changed);
      if (now.is(Value::Kind::list)) {
        Value reversed = now;
        std::reverse(reversed.items().begin(), reversed.items().end());
        if (!(reversed == now)) values.push_back(reversed);
      }
      break;
    case OptionType::size:
    case OptionType::extents:
      if (now.is_number()) values.push_back(Value::of(now.integer() + 1));
      break;
    case OptionType::padding:
      values = {Value::of("same"), Value::of(1)};
      break;
    case OptionType::network:
      values.push_back(NetworkSpec::hidden({7}, "tanh"));
      break;
    case OptionType::layers:
      for (const char* layer : {"tanh", "sigmoid"})
        if (const Value other = Value::list({Value::of(layer)}); !(other == now)) values.push_back(other);
      break;
    case OptionType::likelihood:
      for (const char* stddev : {"shared", "decoded"})
        values.push_back(Value::map({{"gaussian", Value::of(stddev), {}}}));
      break;
    case OptionType::prior:
      for (const char* prior : {"conditional", "mixture", "vamp"})
        if (const Value other = Value::of(prior); !(other == now)) values.push_back(other);
      break;
    case OptionType::text:
    case OptionType::texts:
    case OptionType::map:
    case OptionType::path:
    case OptionType::run:
      break;
  }
  return values;
}

Finding options_have_effects(const Subject& subject, const Behavior& behavior,
                             const std::set<std::string>& left_out) {
  Observed observed(behavior);
  if (!observed.of(subject.options)) return failed(observed.refusal());
  std::vector<std::string> tried, without_effect, not_tried;
  for (const Option& option : subject.plugin->options().options()) {
    const std::vector<Value> values = other_values(option, subject.options);
    if (values.empty() || left_out.contains(option.name)) {
      not_tried.push_back(option.name);
      continue;
    }
    tried.push_back(option.name);
    if (!has_effect(subject, option, values, observed, left_out))
      without_effect.push_back(fmt::format("'{}'", option.name));
  }
  if (!without_effect.empty())
    return failed(fmt::format("{} {} nothing, alone or with the other options at their contrasts{}",
                              join(without_effect), without_effect.size() == 1 ? "changes" : "change",
                              observed.refusal().empty() ? "" : "; refused: " + observed.refusal()));
  if (tried.empty() && not_tried.empty()) return not_applicable("it has no options");
  const std::string others =
      not_tried.empty() ? "" : fmt::format("not tried, without a contrast: {}", join(not_tried));
  if (tried.empty()) return not_applicable(others);
  return passed(join(tried) + (others.empty() ? "" : "; " + others));
}

}  // namespace descent::conformance

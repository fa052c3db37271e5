#include "descent/sweep/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/range_text.hpp"
#include "descent/experiment/sections.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/sweep/plan.hpp"

namespace descent::sweep {

std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  return parts;
}

namespace {

SourceLocation place_of(const std::string& word) {
  return {"command line: " + word, 0, 0};
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(' ') == std::string::npos;
}

std::string empty_value_message(const std::string& key, bool one_of_several) {
  return fmt::format("'{}' is given an empty value{}; write {}=VALUE, or null in its place for the default",
                     key, one_of_several ? " between its commas" : " (is a variable of the shell not set?)",
                     key);
}

// `{choice: [a, b, c]}` under the word's key.
Value::Entry axis_of(const std::string& word, const std::string& key, const std::vector<std::string>& texts,
                     Diagnostics& diagnostics) {
  const SourceLocation location = place_of(word);
  Value values = Value::list().at(location);
  for (const std::string& text : texts)
    values.items().push_back(experiment::parse_yaml_value(text, location.file, diagnostics));
  return {key, Value::map({{"choice", std::move(values), location}}).at(location), location};
}

bool has_axis(const Value& content, const std::string& key) {
  const Value* sweep = content.find("sweep");
  const Value* axes = sweep != nullptr ? sweep->find("axes") : nullptr;
  return axes != nullptr && axes->find(key) != nullptr;
}

// An axis of the command line takes the place of the file's.
void set_axis(Value& content, const Value::Entry& axis) {
  Value* sweep = content.find("sweep");
  if (sweep == nullptr || !sweep->is(Value::Kind::map)) sweep = &content.set("sweep", Value::map());
  Value* axes = sweep->find("axes");
  if (axes == nullptr || !axes->is(Value::Kind::map)) axes = &sweep->set("axes", Value::map());
  axes->erase(axis.key);
  axes->entries().push_back(axis);
}

// Two values of an axis, if it has two: whatever is said of it is not said by both.
std::vector<Value> values_of(const Axis& axis) {
  if (axis.range) return {axis.range->at(0), axis.range->at(1)};
  if (axis.choices.empty()) return {};  // it is wrong, which is told
  return {axis.choices.front().value, axis.choices.back().value};
}

// What is null counts as absent: `checkpoint=null` takes out what is there, and is itself there where nothing
// is.
Value without_nulls(const Value& value) {
  if (!value.is(Value::Kind::map)) return value;
  Value kept = Value::map();
  for (const Value::Entry& entry : value.entries())
    if (!entry.value.is(Value::Kind::null)) kept.set(entry.key, without_nulls(entry.value));
  return kept;
}

/// Whether what one override says is lost where an axis stands.
class Undoing {
 public:
  Undoing(const Value& base, const std::string& word) : base_(base), word_(word) {}

  bool by(const Axis& axis) const {
    const std::vector<std::string> path = experiment::split_path(experiment::override_key(word_)),
                                   whole = experiment::split_path(axis.path);
    if (path.size() < whole.size() && std::equal(path.begin(), path.end(), whole.begin()))
      return says(axis.path);
    const std::vector<Value> values = values_of(axis);
    return std::any_of(values.begin(), values.end(),
                       [&](const Value& value) { return differs(axis, value); });
  }

 private:
  // Whether the override of a section around an axis says what stands at the axis itself.
  bool says(const std::string& path) const {
    Diagnostics unreadable;
    const std::string key = experiment::override_key(word_);
    std::vector<analysis::OptionValue> options;
    flatten(key, experiment::parse_yaml_value(word_.substr(key.size() + 1), word_, unreadable), options);
    return std::any_of(options.begin(), options.end(), [&](const analysis::OptionValue& option) {
      return analysis::lies_below(option.path, path);
    });
  }

  // Whether it would change an experiment that has it already, once the axis has its value.
  bool differs(const Axis& axis, const Value& value) const {
    Diagnostics diagnostics;
    Value without = base_;
    experiment::replace_value(without, axis.path, value, diagnostics);
    if (!diagnostics.empty()) return false;  // told with the axis
    Value with = without;
    experiment::apply_override(with, word_, diagnostics);
    return !diagnostics.empty() || without_nulls(with) != without_nulls(without);
  }

  const Value& base_;
  const std::string& word_;
};

}  // namespace

std::vector<std::string> apply_words(Value& content, const std::vector<std::string>& words,
                                     Diagnostics& diagnostics, Registry* registry) {
  std::vector<std::string> overrides;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const bool is_value = equals != std::string::npos && !word.starts_with("sweep.");
    const std::string key = word.substr(0, equals);
    const auto texts = is_value ? split_values(word.substr(equals + 1)) : std::vector<std::string>();
    const auto range =
        texts.size() == 1 ? experiment::axis_of_range(texts.front(), place_of(word)) : std::nullopt;
    if (range) {
      set_axis(content, {key, *range, place_of(word)});
    } else if (is_value && std::any_of(texts.begin(), texts.end(), is_blank)) {
      diagnostics.add({place_of(word), empty_value_message(key, texts.size() > 1), codes::missing, key});
    } else if (texts.size() > 1 || (is_value && has_axis(content, key))) {
      set_axis(content, axis_of(word, key, texts, diagnostics));
    } else {
      const std::size_t before = diagnostics.size();
      experiment::apply_override(content, word, diagnostics, registry);
      if (is_value && diagnostics.size() == before) overrides.push_back(word);
    }
  }
  return overrides;
}

void check_overrides(const Value& base, const SweepSpec& spec, const std::vector<std::string>& overrides,
                     Diagnostics& diagnostics) {
  for (const std::string& word : overrides)
    for (const Axis& axis : spec.axes)
      if (Undoing(base, word).by(axis))
        diagnostics.add(
            place_of(word),
            fmt::format("'{}' would be lost: the axis '{}' sets what stands there; {}=VALUE fixes the "
                        "axis, and its values can be changed in the file",
                        experiment::override_key(word), axis.path, axis.path));
}

}  // namespace descent::sweep

#include "descent/experiment/merge.hpp"

#include <algorithm>

#include "descent/nn/network.hpp"

namespace descent::experiment {

static bool names_plugin(const Value& value) {
  return value.find("plugin") != nullptr;
}

// Whether the change names another plugin or schedule than the base, or one where the base has none.
static bool names_another(const char* key, const Value& base, const Value& change) {
  const Value* named = change.find(key);
  return named != nullptr && (base.find(key) == nullptr || !(*base.find(key) == *named));
}

static bool is_chain(const Value& value) {
  if (value.is(Value::Kind::text)) return value.text() == "frozen";
  if (!value.is(Value::Kind::list)) return names_plugin(value);
  return !value.items().empty() && std::all_of(value.items().begin(), value.items().end(), names_plugin);
}

// Whether every key of a map stands for a chain of its own: `{encoder: {plugin: adam}, decoder: frozen}`.
static bool holds_chains(const Value& map) {
  // `fallback` is a key of one rule.
  return !map.entries().empty() &&
         std::all_of(map.entries().begin(), map.entries().end(), [](const Value::Entry& entry) {
           return entry.key != "fallback" && is_chain(entry.value);
         });
}

// Whether the entries of `optimizer` say, by a pattern that the base lacks, which parameters are whose. Names
// win over patterns, and patterns that stand first over those behind: merged, such an entry would never be
// heard. No option is called like a pattern, so a rule's short form, its name alone, is taken for a chain.
static bool brings_pattern(const Value& base, const Value& change) {
  const auto is_entry = [](const Value::Entry& entry) {
    return entry.value.is(Value::Kind::text) || entry.value.is(Value::Kind::list) ||
           names_plugin(entry.value);
  };
  const auto all_entries = [&](const Value& map) {
    return std::all_of(map.entries().begin(), map.entries().end(), is_entry);
  };
  const auto is_new_pattern = [&](const Value::Entry& entry) {
    return entry.key.find_first_of("*?") != std::string::npos && base.find(entry.key) == nullptr;
  };
  return all_entries(base) && all_entries(change) &&
         std::any_of(change.entries().begin(), change.entries().end(), is_new_pattern);
}

// The layer, activation or initializer that a map names by its one key, `{leaky_relu: 0.2}`, or by the one
// beside a layer's own keys, `{linear: 128, bias: false}`; empty for every other map. Nothing else in an
// experiment is a map of one such name and a scalar: an option's map is a schedule, a network, or names
// lists.
static std::string named_part(const Value& map) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = NetworkSpec::layer_names();
    for (const std::string& name : NetworkSpec::initializer_names()) all.push_back(name);
    return all;
  }();
  std::string found;
  for (const auto& entry : map.entries()) {
    if (entry.key == "initializer" || entry.key == "bias") continue;
    const bool is_scalar = !entry.value.is(Value::Kind::map) && !entry.value.is(Value::Kind::list);
    if (!found.empty() || !is_scalar || std::count(names.begin(), names.end(), entry.key) == 0) return {};
    found = entry.key;
  }
  return found;
}

// Whether a map is a network of the form that `key` begins, by what the list there holds: `hidden` widths,
// `layers` names and maps. So neither chains of groups with such names nor an option that names lists of
// numbers are taken for networks.
static bool is_network(const Value& map, const char* key) {
  const bool widths = std::string_view(key) == "hidden";
  const Value* list = map.find(key);
  if (list == nullptr || !list->is(Value::Kind::list) || names_plugin(map)) return false;
  if (map.find(widths ? "layers" : "hidden") != nullptr) return false;
  return std::all_of(list->items().begin(), list->items().end(), [&](const Value& item) {
    return widths ? item.is_number() : item.is(Value::Kind::text) || item.is(Value::Kind::map);
  });
}

static bool is_other_form_of_network(const Value& base, const Value& change) {
  return (is_network(base, "hidden") && is_network(change, "layers")) ||
         (is_network(base, "layers") && is_network(change, "hidden"));
}

static bool names_other_part(const Value& base, const Value& change) {
  const std::string old = named_part(base), now = named_part(change);
  return !old.empty() && !now.empty() && old != now;
}

// Whether the two maps describe different things, so that the keys of one mean nothing in the other.
static bool replaces(const Value& base, const Value& change) {
  if (names_another("plugin", base, change)) return true;
  if (names_plugin(change)) return false;
  if (names_plugin(base)) return holds_chains(change);
  return names_another("schedule", base, change) || names_other_part(base, change) ||
         is_other_form_of_network(base, change) || brings_pattern(base, change);
}

Value merge(const Value& base, const Value& change) {
  if (!base.is(Value::Kind::map) || !change.is(Value::Kind::map)) return change;
  if (replaces(base, change)) return change;
  Value result = base;
  for (const auto& entry : change.entries()) {
    Value* const present = result.find(entry.key);
    if (present == nullptr)
      result.entries().push_back(entry);
    else if (entry.value.is(Value::Kind::null) && !present->is(Value::Kind::null))
      std::erase_if(result.entries(), [&](const Value::Entry& other) { return other.key == entry.key; });
    else
      *present = merge(*present, entry.value);
  }
  return result;
}

}  // namespace descent::experiment

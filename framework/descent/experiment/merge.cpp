#include "descent/experiment/merge.hpp"

#include <algorithm>

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

// Whether the map under this key names one part, an activation, an initializer or a prior, `{leaky_relu: 0.2}`: another
// name is another part, and its number or options mean nothing there.
static bool names_part(std::string_view key) {
  return key == "activation" || key == "initializer" || key == "prior";
}

static bool names_other_part(const Value& base, const Value& change) {
  const auto& old = base.entries();
  const auto& now = change.entries();
  return old.size() == 1 && now.size() == 1 && old[0].key != now[0].key;
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

// Whether the two maps describe different things, so that the keys of one mean nothing in the other.
static bool replaces(const std::string& key, const Value& base, const Value& change) {
  if (names_another("plugin", base, change)) return true;
  if (names_plugin(change)) return false;
  if (names_plugin(base)) return holds_chains(change);
  return names_another("schedule", base, change) || (names_part(key) && names_other_part(base, change)) ||
         is_other_form_of_network(base, change) || brings_pattern(base, change);
}

// The value under `key` of the map that holds them; empty for the whole experiment.
static Value merge_at(const std::string& key, const Value& base, const Value& change) {
  if (!base.is(Value::Kind::map) || !change.is(Value::Kind::map)) return change;
  if (replaces(key, base, change)) return change;
  Value result = base;
  for (const auto& entry : change.entries()) {
    Value* const present = result.find(entry.key);
    if (present == nullptr)
      result.entries().push_back(entry);
    else if (entry.value.is(Value::Kind::null) && !present->is(Value::Kind::null))
      std::erase_if(result.entries(), [&](const Value::Entry& other) { return other.key == entry.key; });
    else
      *present = merge_at(entry.key, *present, entry.value);
  }
  return result;
}

Value merge(const Value& base, const Value& change) {
  return merge_at("", base, change);
}

}  // namespace descent::experiment

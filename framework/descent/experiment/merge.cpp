#include "descent/experiment/merge.hpp"

#include <algorithm>

namespace descent {

static bool names_plugin(const Value& value) {
  return value.find("plugin") != nullptr;
}

// Whether the change names another plugin or schedule than the base, or one where the base has none.
static bool names_another(const char* key, const Value& base, const Value& change) {
  const Value* named = change.find(key);
  return named != nullptr && (base.find(key) == nullptr || !(*base.find(key) == *named));
}

// Whether every key of a map stands for a chain of its own: `{encoder: {plugin: adam}, decoder: frozen}`.
static bool holds_chains(const Value& map) {
  const auto is_chain = [](const Value::Entry& entry) {
    const Value& value = entry.value;
    if (entry.key == "fallback") return false;  // a key of one rule
    if (value.is(Value::Kind::text)) return value.text() == "frozen";
    if (!value.is(Value::Kind::list)) return names_plugin(value);
    return !value.items().empty() && std::all_of(value.items().begin(), value.items().end(), names_plugin);
  };
  return !map.entries().empty() && std::all_of(map.entries().begin(), map.entries().end(), is_chain);
}

// Whether the two maps describe different things, so that the keys of one mean nothing in the other.
static bool replaces(const Value& base, const Value& change) {
  if (names_another("plugin", base, change)) return true;
  if (names_plugin(change)) return false;
  return names_plugin(base) ? holds_chains(change) : names_another("schedule", base, change);
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

}  // namespace descent

#include "descent/experiment/merge.hpp"

namespace descent {

// Whether `change` names a plugin, and another one than `base`.
static bool names_another_plugin(const Value& base, const Value& change) {
  const Value* changed = change.find("plugin");
  if (changed == nullptr) return false;
  const Value* present = base.find("plugin");
  return present == nullptr || !(*present == *changed);
}

Value merge(const Value& base, const Value& change) {
  if (!base.is(Value::Kind::map) || !change.is(Value::Kind::map)) return change;
  if (names_another_plugin(base, change)) return change;
  Value result = base;
  for (const auto& entry : change.entries()) {
    if (Value* present = result.find(entry.key)) {
      *present = merge(*present, entry.value);
    } else {
      result.entries().push_back(entry);
    }
  }
  return result;
}

}  // namespace descent

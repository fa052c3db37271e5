#include "descent/experiment/merge.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "descent/experiment/section.hpp"
#include "descent/plugin/host_keys.hpp"

namespace descent::experiment {

static bool names_plugin(const Value& value) {
  return value.find("plugin") != nullptr;
}

// Whether the change names another plugin or schedule than the base, or one where the base has none.
static bool names_another(const char* key, const Value& base, const Value& change) {
  const Value* named = change.find(key);
  return named != nullptr && (base.find(key) == nullptr || !(*base.find(key) == *named));
}

// Whether a value can only be a chain: it names a plugin, or is `frozen`.
static bool is_plainly_chain(const Value& value) {
  if (value.is(Value::Kind::text)) return value.text() == "frozen";
  if (!value.is(Value::Kind::list)) return names_plugin(value);
  return !value.items().empty() && std::all_of(value.items().begin(), value.items().end(), names_plugin);
}

// Whether a value may be a chain: rules by their names count too, and look like the texts of options.
static bool may_be_chain(const Value& value) {
  if (!value.is(Value::Kind::list)) return value.is(Value::Kind::text) || names_plugin(value);
  return !value.items().empty() &&
         std::all_of(value.items().begin(), value.items().end(),
                     [](const Value& rule) { return rule.is(Value::Kind::text) || names_plugin(rule); });
}

static bool is_pattern(const std::string& key) {
  return key.find_first_of("*?") != std::string::npos;
}

// The options and the host's keys of the rule that a map names; nothing where no library offers it.
static std::optional<std::vector<std::string>> keys_of_rule(const Value& rule, Registry* registry) {
  const Value& plugin = *rule.find("plugin");
  if (registry == nullptr || !plugin.is(Value::Kind::text)) return std::nullopt;
  try {
    const std::string name = is_library_path(plugin.text())
                                 ? absolute_path(plugin.text(), plugin.location()).string()
                                 : plugin.text();
    std::vector<std::string> keys = registry->load(PluginKind::optimizer, name).options().names();
    for (const HostKey& key : host_keys(PluginKind::optimizer)) keys.emplace_back(key.name);
    return keys;
  } catch (const Error&) {
    return std::nullopt;  // the experiment's check says so, if the rule is still there
  }
}

// Whether every key of a map stands for a chain of its own, `{encoder: sgd, decoder: frozen}`, and none for an
// option of the one rule that it comes over.
static bool holds_chains(const Value& rule, const Value& map, Registry* registry) {
  const auto& entries = map.entries();
  // `fallback` is a key of one rule.
  const auto all = [&](auto holds) { return std::all_of(entries.begin(), entries.end(), holds); };
  if (entries.empty() || map.find("fallback") != nullptr ||
      !all([](const Value::Entry& entry) { return may_be_chain(entry.value); }))
    return false;
  // No option is called like a pattern.
  if (std::any_of(entries.begin(), entries.end(),
                  [](const Value::Entry& entry) { return is_pattern(entry.key); }))
    return true;
  if (const auto keys = keys_of_rule(rule, registry))
    return all([&](const Value::Entry& entry) {
      return std::find(keys->begin(), keys->end(), entry.key) == keys->end();
    });
  return all([](const Value::Entry& entry) { return is_plainly_chain(entry.value); });
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
    return is_pattern(entry.key) && base.find(entry.key) == nullptr;
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

// Whether one of two keys that exclude each other is in the base, and the other one in the change.
static bool is_other_form(const Value& base, const Value& change, const char* one, const char* other) {
  const auto says = [&](const char* mine, const char* theirs) {
    return change.find(mine) != nullptr && base.find(theirs) != nullptr && change.find(theirs) == nullptr;
  };
  return says(one, other) || says(other, one);
}

// The sections whose value is a plugin, of which the name alone is the short form.
static bool holds_plugin(const std::vector<std::string>& path) {
  static const std::vector<std::string> sections = {"dataset", "model", "loss", "optimizer", "metrics"};
  if (path.size() == 2) return path[0] == "optimizer";
  return path.size() == 1 && std::find(sections.begin(), sections.end(), path[0]) != sections.end();
}

namespace {

class Merger {
 public:
  Merger(std::vector<std::string> path, Registry* registry) : path_(std::move(path)), registry_(registry) {}

  Value merged(const Value& base, const Value& change) {
    if (!change.is(Value::Kind::map)) return change;
    if (is_short_form(base)) return merged(long_form_of(base), change);
    if (!base.is(Value::Kind::map) || replaces(base, change)) return change;
    Value result = base;
    for (const auto& entry : change.entries()) {
      Value* const present = result.find(entry.key);
      if (present == nullptr) {
        result.entries().push_back(entry);
      } else if (entry.value.is(Value::Kind::null) && !present->is(Value::Kind::null)) {
        result.erase(entry.key);
      } else {
        path_.push_back(entry.key);
        *present = merged(*present, entry.value);
        path_.pop_back();
      }
    }
    return result;
  }

 private:
  bool is_short_form(const Value& base) const {
    return base.is(Value::Kind::text) && base.text() != "frozen" && holds_plugin(path_);
  }
  static Value long_form_of(const Value& name) {
    return Value::map({{"plugin", name, name.location()}}).at(name.location());
  }
  bool at(std::initializer_list<const char*> path) const {
    return std::equal(path_.begin(), path_.end(), path.begin(), path.end());
  }

  // Whether the two maps describe different things, so that the keys of one mean nothing in the other.
  bool replaces(const Value& base, const Value& change) const {
    if (names_another("plugin", base, change)) return true;
    if (names_plugin(change)) return false;
    if (names_plugin(base))
      return (path_.empty() || at({"optimizer"})) && holds_chains(base, change, registry_);
    const std::string key = path_.empty() ? "" : path_.back();
    return names_another("schedule", base, change) || (names_part(key) && names_other_part(base, change)) ||
           is_other_form_of_network(base, change) || brings_pattern(base, change) ||
           (at({"trainer", "stop"}) && is_other_form(base, change, "target", "patience")) ||
           (is_axis() &&
            (is_other_form(base, change, "choice", "min") || is_other_form(base, change, "choice", "max")));
  }
  bool is_axis() const { return path_.size() == 3 && path_[0] == "sweep" && path_[1] == "axes"; }

  std::vector<std::string> path_;
  Registry* registry_;
};

}  // namespace

Value merge(const Value& base, const Value& change, const MergePlace& place) {
  return Merger(place.path, place.registry).merged(base, change);
}

}  // namespace descent::experiment

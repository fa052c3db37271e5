#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/experiment/data_files.hpp"
#include "descent/experiment/sections.hpp"
#include "descent/plugin/transform.hpp"

namespace descent::experiment {

bool is_plain_name(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), is_plain);
}

// `{plugin: NAME}` of the short form `NAME`; nothing, and a problem, when no plugin is named.
static std::optional<Value> long_form(const Value& entry, const std::string& title,
                                      Diagnostics& diagnostics) {
  if (entry.is(Value::Kind::text)) {
    Value map = Value::map().at(entry.location());
    map.entries().push_back({"plugin", entry, entry.location()});
    return map;
  }
  if (!entry.is(Value::Kind::map)) {
    add_expectation(title, "a plugin: its name, or a map such as {plugin: NAME, option: 1}", entry,
                    diagnostics);
    return std::nullopt;
  }
  const Value* plugin = entry.find("plugin");
  if (plugin == nullptr) {
    diagnostics.add({entry.location(), fmt::format("'{}' names no plugin; write {{plugin: NAME, …}}", title),
                     codes::missing, "plugin"});
    return std::nullopt;
  }
  if (!plugin->is(Value::Kind::text)) {
    add_expectation(fmt::format("{}.plugin", title), "a plugin's name", *plugin, diagnostics);
    return std::nullopt;
  }
  return entry;
}

static void make_path_absolute(Value& section) {
  Value& plugin = *section.find("plugin");
  const std::string& name = plugin.text();
  if (is_library_path(name))
    plugin = Value::of(absolute_path(name, plugin.location()).string()).at(plugin.location());
}

// The entry's own name, or its plugin's.
static std::string entry_name(const Value& section, const std::string& title, const std::string& plugin,
                              Diagnostics& diagnostics) {
  const Value* name = section.find("name");
  if (name == nullptr) return plugin;
  if (name->is(Value::Kind::text) && is_plain_name(name->text())) return name->text();
  add_expectation(fmt::format("{}.name", title), "a name of letters, digits, '_', '-' and '.'", *name,
                  diagnostics);
  return plugin;
}

void PluginUse::make(Diagnostics& diagnostics) {
  PluginObject made = plugin->make(section, diagnostics);
  object = OwnedObject(std::move(made.object));
  section = std::move(made.section);
  nested = std::move(made.nested);
}

std::optional<PluginUse> read_plugin(PluginKind kind, const Value& entry, const std::string& title,
                                     PluginContext& context) {
  const auto section = long_form(entry, title, context.diagnostics);
  if (!section) return std::nullopt;
  PluginUse use;
  use.section = *section;
  make_path_absolute(use.section);
  const Value& plugin = *use.section.find("plugin");
  try {
    use.plugin = &context.registry.load(kind, plugin.text());
  } catch (const Error& error) {
    const std::string& written = section->find("plugin")->text();
    const auto hint = kind == PluginKind::dataset
                          ? data_file_hint(context.registry, written, plugin.location())
                          : std::nullopt;
    if (hint)
      context.diagnostics.add(plugin.location(), *hint, codes::unknown_plugin);
    else
      context.diagnostics.append(error.within(plugin.location()));
    return std::nullopt;
  }
  use.name = use.plugin->info().name;
  const auto keys = host_keys(kind);
  if (std::any_of(keys.begin(), keys.end(),
                  [](const HostKey& key) { return std::string_view(key.name) == "name"; }))
    use.name = entry_name(use.section, title, use.name, context.diagnostics);
  use.make(context.diagnostics);
  return use;
}

std::optional<PluginUse> read_dataset(const Value& entry, PluginContext& context) {
  auto use = read_plugin(PluginKind::dataset, entry, "dataset", context);
  if (!use) return use;
  if (const Value* transforms = use->section.find("transforms"))
    use->section.set("transforms", make_transforms(*transforms, context.diagnostics).resolved);
  return use;
}

// Names address entries on the command line and in the log.
template <class Item>
static void check_names(const std::vector<Item>& items, const std::string& title, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto same = [&](const Item& other) { return other.name == items[i].name; };
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find_if(items.begin(), end, same) != end)
      diagnostics.add(items[i].location(),
                      fmt::format("two entries of '{}' are called '{}'; give one a name of its own: "
                                  "{{plugin: …, name: …}}",
                                  title, items[i].name),
                      codes::conflict);
  }
}

// One entry is a list of one.
static std::vector<Value> entries_of(const Value& section) {
  return section.is(Value::Kind::list) ? section.items() : std::vector<Value>{section};
}

static std::vector<std::string> read_players(const Value* value, Diagnostics& diagnostics) {
  std::vector<std::string> players;
  if (value == nullptr) return players;
  const std::vector<Value> items = entries_of(*value);
  for (const Value& item : items) {
    if (item.is(Value::Kind::text))
      players.push_back(item.text());
    else
      add_expectation("loss.players", "names of players, such as [generator]", item, diagnostics);
  }
  if (items.empty())
    diagnostics.add(value->location(), "'loss.players' is empty; leave it out for every player");
  return players;
}

std::vector<LossItem> read_losses(const Value& section, PluginContext& context) {
  std::vector<LossItem> items;
  const std::vector<Value> entries = entries_of(section);
  if (entries.empty()) context.diagnostics.add(section.location(), "'loss' is empty; name at least one loss");
  for (const Value& entry : entries) {
    auto use = read_plugin(PluginKind::loss, entry, "loss", context);
    if (!use) continue;
    LossItem item;
    static_cast<PluginUse&>(item) = std::move(*use);
    SectionReader reader(&item.section, "loss", "{plugin: NAME}", context.diagnostics);
    if (const Value* weight = reader.find("weight"))
      item.weight = Schedule::parse(*weight, context.diagnostics, "loss.weight");
    item.every = reader.whole("every", 1, 1);
    item.players = read_players(reader.find("players"), context.diagnostics);
    if (item.name == "game")
      context.diagnostics.add(item.location(), "no loss can be called 'game': the word is reserved",
                              codes::conflict);
    items.push_back(std::move(item));
  }
  check_names(items, "loss", context.diagnostics);
  return items;
}

static bool is_frozen(const Value& value) {
  return value.is(Value::Kind::text) && value.text() == "frozen";
}

// A rule may stand twice in a chain, where its place tells which is meant; a name that was given tells it
// alone.
static void check_rule_names(const Chain& chain, Diagnostics& diagnostics) {
  const auto is_given = [](const Rule& rule) { return rule.name != rule.plugin->info().name; };
  for (std::size_t i = 0; i < chain.size(); ++i)
    for (std::size_t before = 0; before < i; ++before) {
      if (chain[before].name != chain[i].name || !(is_given(chain[before]) || is_given(chain[i]))) continue;
      diagnostics.add(chain[i].location(),
                      fmt::format("two rules of a chain are called '{}'; give one a name of "
                                  "its own: {{plugin: …, name: …}}",
                                  chain[i].name),
                      codes::conflict);
      break;
    }
}

static Chain read_chain(const Value& value, const std::string& title, PluginContext& context) {
  Chain chain;
  const std::vector<Value> entries = entries_of(value);
  if (entries.empty())
    context.diagnostics.add(value.location(),
                            fmt::format("'{}' is an empty chain; parameters that are not to be moved are "
                                        "'frozen'",
                                        title));
  for (const Value& entry : entries) {
    if (is_frozen(entry)) {
      context.diagnostics.add(
          entry.location(),
          fmt::format("'frozen' is no rule; it stands for the chain of some parameters, as in {}, or of "
                      "those that a rule refuses, fallback: frozen",
                      "{encoder: {plugin: adam}, decoder: frozen}"));
      continue;
    }
    auto use = read_plugin(PluginKind::optimizer, entry, title, context);
    if (!use) continue;
    Rule rule;
    static_cast<PluginUse&>(rule) = std::move(*use);
    const Value* fallback = rule.section.find("fallback");
    rule.fallback_is_frozen = fallback != nullptr && is_frozen(*fallback);
    if (fallback != nullptr && !fallback->is(Value::Kind::null) && !rule.fallback_is_frozen)
      rule.fallback = read_chain(*fallback, fmt::format("{}.fallback", title), context);
    chain.push_back(std::move(rule));
  }
  check_rule_names(chain, context.diagnostics);
  return chain;
}

std::vector<ChainSpec> read_optimizer(const Value& section, PluginContext& context) {
  std::vector<ChainSpec> specs;
  if (!section.is(Value::Kind::map) || section.find("plugin") != nullptr) {
    specs.push_back({"", section.location(), read_chain(section, "optimizer", context), false});
    return specs;
  }
  if (section.entries().empty())
    context.diagnostics.add(section.location(), "'optimizer' is empty; name a rule, such as {plugin: adam}");
  for (const auto& entry : section.entries()) {
    // So that an experiment can take back what it extends.
    if (entry.value.is(Value::Kind::null)) continue;
    if (entry.key.empty()) {
      context.diagnostics.add(entry.key_location,
                              "a key of 'optimizer' is empty; name a group, a player or a pattern");
      continue;
    }
    const std::string title = fmt::format("optimizer.{}", entry.key);
    const bool frozen = is_frozen(entry.value);
    const bool is_chain = entry.value.is(Value::Kind::text) || entry.value.is(Value::Kind::list) ||
                          entry.value.is(Value::Kind::map);
    if (!is_chain) {
      // Most likely an option of a rule whose `plugin` was left out.
      context.diagnostics.add(
          entry.value.location(),
          fmt::format("'{}' expects a rule, a list of rules or 'frozen', not {}; without 'plugin', "
                      "the keys of 'optimizer' name groups, players or patterns of parameters",
                      title, entry.value.description()));
      continue;
    }
    specs.push_back(
        {entry.key, entry.key_location, frozen ? Chain() : read_chain(entry.value, title, context), frozen});
  }
  return specs;
}

static std::vector<ValueAt> read_at(const Value* value, const std::string& metric, Diagnostics& diagnostics) {
  std::vector<ValueAt> all;
  if (value == nullptr) return all;
  if (!value->is(Value::Kind::map)) {
    add_expectation(fmt::format("metrics.{}.at", metric),
                    "a map of options to numbers, such as {elbo.beta: 1}", *value, diagnostics);
    return all;
  }
  for (const Value::Entry& entry : value->entries()) {
    if (entry.value.is_number() && std::isfinite(entry.value.number()))
      all.push_back({entry.key, entry.value.number(), entry.key_location});
    else
      add_expectation(fmt::format("metrics.{}.at.{}", metric, entry.key), "a finite number", entry.value,
                      diagnostics);
  }
  return all;
}

std::vector<MetricItem> read_metrics(const Value* section, PluginContext& context) {
  std::vector<MetricItem> items;
  if (section == nullptr) return items;
  for (const Value& entry : entries_of(*section)) {
    auto use = read_plugin(PluginKind::metric, entry, "metrics", context);
    if (!use) continue;
    MetricItem item;
    static_cast<PluginUse&>(item) = std::move(*use);
    SectionReader reader(&item.section, fmt::format("metrics.{}", item.name), "{plugin: NAME}",
                         context.diagnostics);
    item.split_given = reader.find("split") != nullptr;
    constexpr Split splits[] = {Split::train, Split::validation, Split::test};
    item.split = splits[reader.choice("split", {"train", "validation", "test"}, 2)];
    item.every = reader.duration("every", {}, 0);
    item.batch_size = reader.whole("batch_size", 0, 1);
    item.at = read_at(reader.find("at"), item.name, context.diagnostics);
    items.push_back(std::move(item));
  }
  check_names(items, "metrics", context.diagnostics);
  return items;
}

}  // namespace descent::experiment

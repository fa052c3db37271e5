#include "descent/plugin/layer_plugins.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/plugin/host_keys.hpp"

namespace descent {

namespace {

/// An entry of `layers` in its long form.
struct LayerEntry {
  const LoadedPlugin* plugin = nullptr;
  Value section = Value::map();  ///< options and host keys
};

bool is_host_key(const std::string& key) {
  const auto keys = host_keys(PluginKind::layer);
  return std::any_of(keys.begin(), keys.end(), [&](const HostKey& host) { return key == host.name; });
}

// Reads one entry of `layers`.
class EntryReader {
 public:
  EntryReader(Registry& registry, Diagnostics& diagnostics)
      : registry_(registry), diagnostics_(diagnostics) {}

  std::optional<LayerEntry> read(const Value& entry) {
    if (entry.is(Value::Kind::text)) return named(entry.text(), entry.location(), nullptr);
    if (!entry.is(Value::Kind::map) || entry.entries().empty()) {
      diagnostics_.add(entry.location(),
                       fmt::format("a layer must be a name or a map such as {{linear: 128}}, "
                                   "but this is {}",
                                   entry.description()));
      return std::nullopt;
    }
    return entry.find("plugin") != nullptr ? long_form(entry) : short_form(entry);
  }

 private:
  // {plugin: path/to/library.so#NAME, OPTION: VALUE, …}
  std::optional<LayerEntry> long_form(const Value& entry) {
    const Value& plugin = *entry.find("plugin");
    if (!plugin.is(Value::Kind::text)) {
      diagnostics_.add(plugin.location(), fmt::format("'plugin' must be a layer's name or path, but is {}",
                                                      plugin.description()));
      return std::nullopt;
    }
    auto result = named(plugin.text(), plugin.location(), nullptr);
    if (!result) return result;
    for (const Value::Entry& option : entry.entries())
      if (option.key != "plugin") result->section.entries().push_back(option);
    return result;
  }

  // {NAME: MAIN OPTION} or {NAME: {OPTION: VALUE, …}}, with further options and host keys next to it.
  std::optional<LayerEntry> short_form(const Value& entry) {
    const auto first = std::find_if(entry.entries().begin(), entry.entries().end(),
                                    [](const Value::Entry& one) { return !is_host_key(one.key); });
    if (first == entry.entries().end()) {
      diagnostics_.add(entry.location(), "this entry of 'layers' names no layer; write {NAME: {…}}");
      return std::nullopt;
    }
    auto result = named(first->key, first->key_location, &first->value);
    if (!result) return result;
    for (const Value::Entry& other : entry.entries()) {
      if (&other == &*first || is_other_layer(*result, *first, other)) continue;
      if (result->section.find(other.key) != nullptr)
        diagnostics_.add(
            {other.key_location,
             fmt::format("{} is given '{}' twice in this entry", result->plugin->title(), other.key),
             codes::conflict, other.key});
      else
        result->section.entries().push_back(other);
    }
    return result;
  }

  bool is_other_layer(const LayerEntry& entry, const Value::Entry& first, const Value::Entry& other) {
    const auto names = entry.plugin->options().names();
    if (is_host_key(other.key) || std::count(names.begin(), names.end(), other.key) > 0) return false;
    const auto known = registry_.plugins();
    const bool is_layer = std::any_of(known.begin(), known.end(), [&](const PluginInfo& info) {
      return info.kind == PluginKind::layer && info.name == other.key;
    });
    if (is_layer)
      diagnostics_.add(other.key_location,
                       fmt::format("one entry is one layer, but this is '{}' and '{}'; write two entries",
                                   first.key, other.key));
    return is_layer;
  }

  std::optional<LayerEntry> named(const std::string& name, const SourceLocation& location,
                                  const Value* given) {
    LayerEntry result;
    try {
      const std::filesystem::path folder =
          location.line > 0 ? std::filesystem::path(location.file).parent_path() : std::filesystem::path();
      result.plugin = &registry_.load(PluginKind::layer, name, folder);
    } catch (const Error& error) {
      diagnostics_.append(error.within(location));
      return std::nullopt;
    }
    result.section.at(location);
    if (given == nullptr || given->is(Value::Kind::null)) return result;
    if (given->is(Value::Kind::map)) {
      result.section.entries() = given->entries();
      return result;
    }
    const Option* main = result.plugin->options().main_option();
    if (main == nullptr) {
      diagnostics_.add(given->location(),
                       fmt::format("{} takes no {}; its options go into a map, {{{}: {{OPTION: VALUE}}}}",
                                   result.plugin->title(), given->description(), name));
      return std::nullopt;
    }
    result.section.entries().push_back({main->name, *given, location});
    return result;
  }

  Registry& registry_;
  Diagnostics& diagnostics_;
};

bool names_output(const LoadedPlugin& plugin, void* object, const Value& section) {
  const auto& options = plugin.options().options();
  return std::any_of(options.begin(), options.end(), [&](const Option& option) {
    const Value* value = section.find(option.name);
    if (option.type == OptionType::size)
      return value != nullptr && value->is(Value::Kind::text) && value->text() == "output";
    return option.network && option.network(object)->names_output();
  });
}

// What is frozen: the plugin by its name or absolute path, and every option.
Value frozen_entry(const LoadedPlugin& plugin, const Value& entry, const Value& section) {
  Value options = Value::map().at(entry.location());
  for (const Option& option : plugin.options().options())
    if (const Value* value = section.find(option.name)) options.set(option.name, *value);
  for (const HostKey& key : host_keys(PluginKind::layer))
    if (const Value* value = section.find(key.name)) options.set(key.name, *value);
  const Value* path = entry.find("plugin");
  if (path != nullptr) {
    Value whole = Value::map().at(entry.location());
    const bool is_path = is_library_path(path->text());
    const std::string library = plugin.info().library.string() + "#" + plugin.info().name;
    whole.set("plugin", Value::of(is_path ? library : path->text()).at(path->location()));
    for (const Value::Entry& option : options.entries()) whole.set(option.key, option.value);
    return whole;
  }
  if (options.entries().empty()) return Value::of(plugin.info().name).at(entry.location());
  return Value::map({{plugin.info().name, std::move(options), entry.location()}}).at(entry.location());
}

}  // namespace

MadeLayer LayerPlugins::make(const Value& entry, Diagnostics& diagnostics) const {
  MadeLayer made;
  made.resolved = entry;
  if (registry_ == nullptr) {
    diagnostics.add(entry.location(), "no layers are known here");
    return made;
  }
  const auto read = EntryReader(*registry_, diagnostics).read(entry);
  if (!read) return made;
  made.title = read->plugin->title();
  if (const Value* initializer = read->section.find("initializer")) {
    initialize::parse(*initializer, diagnostics);
    made.initializer = *initializer;
  }
  if (const Value* tap = read->section.find("tap")) {
    if (tap->is(Value::Kind::boolean))
      made.tap = tap->boolean();
    else
      diagnostics.add(tap->location(),
                      fmt::format("'tap' must be true or false, but is {}", tap->description()));
  }
  const auto add_used = [this](const LoadedPlugin* plugin) {
    if (std::count(used_.begin(), used_.end(), plugin) == 0) used_.push_back(plugin);
  };
  add_used(read->plugin);
  Diagnostics found;
  PluginObject object = read->plugin->make(read->section, found);
  for (const LoadedPlugin* nested : object.nested) add_used(nested);
  if (found.empty()) {
    void* options_object = read->plugin->descriptor().options_object(object.object.get());
    made.names_output = names_output(*read->plugin, options_object, object.section);
    made.resolved = frozen_entry(*read->plugin, entry, object.section);
  }
  diagnostics.append(found);
  made.layer = std::static_pointer_cast<Layer>(object.object);
  made.make_again = [plugin = read->plugin, section = read->section] {
    Diagnostics none;
    auto layer = plugin->create<Layer>(section, none);
    none.throw_if_any();
    return layer;
  };
  return made;
}

}  // namespace descent

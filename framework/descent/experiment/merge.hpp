#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/plugin/registry.hpp"

namespace descent::experiment {

/// Where in an experiment two values are merged, and who knows the plugins there.
struct MergePlace {
  /// The keys that lead there; empty: the whole experiment, or a value that is looked at alone.
  std::vector<std::string> path = {};
  /// Tells the options of a rule from the names of groups and players; without it `{encoder: sgd}` over one
  /// rule counts as an option, and `{encoder: {plugin: sgd}}` as a chain.
  Registry* registry = nullptr;
};

/// `change` over `base`: maps merge key by key, lists and scalars are replaced, and null takes a key of the
/// base's out. A plugin's name alone counts as `{plugin: NAME}` where a map comes over it. A map is replaced as
/// a whole by one that describes another thing:
///   - that names another `plugin` or `schedule`, or one where there was none;
///   - another activation, layer or initializer: `{elu: 1}` over `{leaky_relu: 0.2}`;
///   - a network of the other form: `layers` over `hidden`, and the reverse;
///   - the other way to stop: `target` over `patience`, and the reverse;
///   - another axis of a sweep: `choice` over a range, and the reverse;
///   - in `optimizer`, chains, `{encoder: sgd, decoder: frozen}`, over one that names a plugin;
///   - chains of which one is for a pattern that the base lacks, over other chains.
DESCENT_API Value merge(const Value& base, const Value& change, const MergePlace& place = {});

/// Splits `optimizer.generator.adam."odd.key"` at its dots; quoted parts may hold dots. Throws Error.
DESCENT_API std::vector<std::string> split_path(const std::string& path);

/// Sets `path=value` in an experiment. Entries of a list are addressed by their `name`, which defaults to
/// their plugin, or by number; where a map names one plugin, its plugin's name may be left out or said.
/// `path=null` takes out what is there; an empty value is a mistake.
/// Problems name the nearest key.
/// `registry` is MergePlace's.
DESCENT_API void apply_override(Value& experiment, const std::string& assignment, Diagnostics& diagnostics,
                                Registry* registry = nullptr);

/// Puts `value` where `path` leads, addressed as by apply_override(), in the place of all that stood there.
/// Problems carry the value's place.
DESCENT_API void replace_value(Value& experiment, const std::string& path, const Value& value,
                               Diagnostics& diagnostics);

/// What stands at `path`, addressed as by apply_override(); null where nothing does. Throws Error for a path that is none.
DESCENT_API Value* find_value(Value& experiment, const std::string& path);
/// The paths of all values of an experiment that are no maps, entries of lists by their names.
DESCENT_API std::vector<std::string> paths_of(const Value& experiment);

/// The first part of a path that an experiment lacks: the key, and where the map is that has none.
struct Gap {
  SourceLocation location;
  std::string key;
};
/// Where `path`, addressed as by apply_override(), leaves an experiment; nothing when all of it is there. A
/// section is missing from `file`, without a line.
DESCENT_API std::optional<Gap> find_gap(const Value& experiment, const std::string& path,
                                        const std::filesystem::path& file);

/// A folder's name that tells `text` from every other one: characters that file names had better not have are
/// replaced, and what was replaced or is too long is told apart by a hash at the end.
DESCENT_API std::string folder_name(const std::string& text);

}  // namespace descent::experiment

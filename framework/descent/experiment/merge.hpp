#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent::experiment {

/// `change` over `base`: maps merge key by key, lists and scalars are replaced, and null takes a key of the
/// base's out. A map is replaced as a whole by one that describes another thing:
///   - that names another `plugin` or `schedule`, or one where there was none;
///   - another activation, layer or initializer: `{elu: 1}` over `{leaky_relu: 0.2}`;
///   - a network of the other form: `layers` over `hidden`, and the reverse;
///   - chains, `{encoder: {plugin: adam}, decoder: frozen}`, over one that names a plugin;
///   - chains of which one stands at a pattern that the base lacks, over other chains.
DESCENT_API Value merge(const Value& base, const Value& change);

/// Splits `optimizer.generator.adam."odd.key"` at its dots; quoted parts may hold dots. Throws Error.
DESCENT_API std::vector<std::string> split_path(const std::string& path);

/// Sets `path=value` in an experiment. Entries of a list are addressed by their `name`, which defaults to
/// their plugin, or by number; where a map names one plugin, its plugin's name may be left out or said.
/// `path=null` takes out what is there.
/// Problems name the nearest key.
DESCENT_API void apply_override(Value& experiment, const std::string& assignment, Diagnostics& diagnostics);

/// Puts `value` where `path` leads, addressed as by apply_override(), in the place of all that stood there.
/// Problems carry the value's place.
DESCENT_API void replace_value(Value& experiment, const std::string& path, const Value& value,
                               Diagnostics& diagnostics);

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

#pragma once

#include <optional>
#include <string>

#include "descent/base/api.hpp"
#include "descent/base/error.hpp"
#include "descent/plugin/registry.hpp"

namespace descent::experiment {

/// What to write where an experiment names a file of data in a plugin's place: `'./my.npy' is a file of data, not a plugin;
/// write dataset: {plugin: npy, path: ./my.npy}`. The data sets of the registry say which files they read. Nothing where `name`
/// is no such file. `location` is where it is written: relative paths are relative to that file.
DESCENT_API std::optional<std::string> data_file_hint(Registry& registry, const std::string& name,
                                                      const SourceLocation& location);

}  // namespace descent::experiment

#pragma once

#include <string>

#include "descent/plugin/registry.hpp"

namespace descent::program {

/// The kind that a word of the command line names: `optimizer`, and `optimizers` as well. Throws Error with
/// the nearest kind.
PluginKind kind_of(const std::string& word);

}  // namespace descent::program

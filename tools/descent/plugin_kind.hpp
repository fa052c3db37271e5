#pragma once

#include <string>
#include <vector>

#include "descent/plugin/registry.hpp"

namespace descent::program {

/// The kind that a word of the command line names: `optimizer`, and `optimizers` as well. Throws Error with
/// the nearest kind, `others` being words that would do as well.
PluginKind kind_of(const std::string& word, const std::vector<std::string>& others = {});

}  // namespace descent::program

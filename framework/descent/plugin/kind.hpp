#pragma once

#include <span>

#include "descent/base/api.hpp"

namespace descent {

enum class PluginKind { optimizer, model, layer, loss, dataset, metric };

/// `optimizer`: how files, experiments and messages call a kind.
DESCENT_API const char* kind_name(PluginKind kind);
/// All kinds, in the order in which manual pages list them.
DESCENT_API std::span<const PluginKind> plugin_kinds();

}  // namespace descent

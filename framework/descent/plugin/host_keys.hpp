#pragma once

#include <span>

#include "descent/plugin/kind.hpp"

namespace descent {

/// A key of a plugin's map that belongs to the framework, not to the plugin.
struct HostKey {
  const char* name;
  /// For manual pages: what it means, and its default.
  const char* doc;
};

/// The framework's keys in the map of every plugin of a kind, `plugin` apart.
DESCENT_API std::span<const HostKey> host_keys(PluginKind kind);

}  // namespace descent

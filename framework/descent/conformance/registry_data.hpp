#pragma once

#include <vector>

#include "descent/plugin/data.hpp"
#include "descent/plugin/registry.hpp"

namespace descent::conformance {

/// The registry's plugins of a kind that can be loaded. One that is found twice or is unreadable is no partner, and no
/// fault of the plugin that is checked. Internal.
std::vector<const LoadedPlugin*> loadable(Registry& registry, PluginKind kind);

/// A data set of the registry, with its options at their defaults. Internal.
struct RegistryData {
  const LoadedPlugin* plugin;
  Fields fields;
};
/// Those that know their fields before they are opened: partners for plugins that fit none of the suite's own data.
std::vector<RegistryData> registry_data(Registry& registry);

}  // namespace descent::conformance

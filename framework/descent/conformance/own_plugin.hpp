#pragma once

#include "descent/plugin/registry.hpp"

namespace descent::conformance {

/// A plugin of the suite's own, which is in no library of its own. Internal.
template <class Contract, class Class>
const LoadedPlugin& own_plugin(PluginKind kind, const char* name) {
  static const PluginDescriptor descriptor =
      detail::describe<Contract, Class>(kind, name, "of the conformance suite");
  static const LoadedPlugin plugin({kind, name, "libdescent"}, descriptor);
  return plugin;
}

}  // namespace descent::conformance

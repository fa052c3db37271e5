#pragma once

#include <vector>

#include "descent/nn/layer.hpp"
#include "descent/plugin/registry.hpp"

namespace descent {

/// The layers that a registry finds. Internal.
class LayerPlugins final : public LayerSource {
 public:
  /// `used` receives every plugin that an entry names, those inside of layers too, each once. Both outlive
  /// this. Without a registry no layer is known.
  LayerPlugins(Registry* registry, std::vector<const LoadedPlugin*>& used)
      : registry_(registry), used_(used) {}

  MadeLayer make(const Value& entry, Diagnostics& diagnostics) const override;

 private:
  Registry* registry_;
  std::vector<const LoadedPlugin*>& used_;
};

}  // namespace descent

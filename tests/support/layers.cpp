#include "support/layers.hpp"

#include "descent/experiment/yaml.hpp"
#include "descent/plugin/layer_plugins.hpp"
#include "support/materialize.hpp"
#include "support/test_registry.hpp"

namespace descent::testing {

const LayerSource& test_layers() {
  static std::vector<const LoadedPlugin*> used;
  static const LayerPlugins layers(&test_registry(), used);
  return layers;
}

NetworkSpec network_of(const std::string& yaml) {
  Diagnostics diagnostics;
  const Value value = experiment::parse_yaml(yaml, "net.yaml", diagnostics);
  diagnostics.throw_if_any();
  NetworkSpec spec = NetworkSpec::parse(value, test_layers(), diagnostics);
  diagnostics.throw_if_any();
  return spec;
}

BuiltLayer::BuiltLayer(const std::string& yaml, const Shape& example, const Shape& wanted) {
  NetworkSpec spec = network_of("{layers: [" + yaml + "], head: none}");
  network = {spec, example, wanted, "net", registrar};
  materialize(registrar);
}

}  // namespace descent::testing

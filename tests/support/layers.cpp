#include "support/layers.hpp"

#include "descent/experiment/yaml.hpp"
#include "descent/plugin/model.hpp"
#include "support/materialize.hpp"
#include "support/test_registry.hpp"

namespace descent::testing {

namespace {

/// A model that only reads a network.
class NetworkReader final : public Model {
 public:
  static void options(OptionSpec<NetworkReader>& o) {
    o.network("network", &NetworkReader::network, NetworkSpec::hidden({8}, "relu"));
  }
  void build(const Fields&, Registrar&) override {}

  NetworkSpec network;
};

/// Reads networks as an experiment's plugins do, with the layers of test_registry().
NetworkSpec read_network(const Value& network, Diagnostics& diagnostics) {
  static const PluginDescriptor descriptor =
      descent::detail::describe<Model, NetworkReader>(PluginKind::model, "network_reader", "for tests");
  static const LoadedPlugin plugin({PluginKind::model, "network_reader", "a test"}, descriptor,
                                   &test_registry());
  const PluginObject made = plugin.make(Value::map({{"network", network, network.location()}}), diagnostics);
  return static_cast<NetworkReader*>(static_cast<Model*>(made.object.get()))->network;
}

class TestLayers final : public LayerSource {
 public:
  MadeLayer make(const Value& entry, Diagnostics& diagnostics) const override {
    Value network = Value::map();
    network.set("layers", Value::list({entry}));
    network.set("head", Value::of("none"));
    Diagnostics found;
    NetworkSpec spec = read_network(network, found);
    diagnostics.append(found);
    std::vector<MadeLayer> layers = spec.take_layers();
    if (layers.size() == 1) return std::move(layers[0]);
    MadeLayer none;
    none.resolved = entry;
    return none;
  }
};

}  // namespace

const LayerSource& test_layers() {
  static const TestLayers layers;
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

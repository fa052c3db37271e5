// The arrays of the network that metrics judge by.
#include "descent/plugin/layer_plugins.hpp"
#include "fuzz/target.hpp"
#include "metrics/support/fixed_network.hpp"

using namespace descent;

static NetworkSpec two_layers() {
  static Registry registry;
  static const std::string plugins = std::string(DESCENT_BINARY_DIR) + "/lib/descent/plugins/";
  std::vector<const LoadedPlugin*> used;
  const LayerPlugins source(&registry, used);
  Diagnostics problems;
  const Value description =
      Value::list({Value::map({{plugins + "layer_linear.so", Value::of(3), {}}}),
                   Value::map({{plugins + "layer_linear.so", Value::of("output"), {}}})});
  NetworkSpec layers = NetworkSpec::parse_layers(description, source, problems);
  problems.throw_if_any();
  return layers;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto file = files.write("classifier.npz", fuzz::text_of(data, size));
  fuzz::reads([&] {
    const Shape outputs = FixedNetwork::output_in(file, "classifier");
    if (outputs.size() > 4096) return;  // the network is made before the file's other arrays are looked at
    NetworkSpec layers = two_layers();
    const FixedNetwork network(layers, Shape{4}, outputs, "classifier", file);
    network(Variable(Tensor::zeros(Shape{2, 4})));
  });
  return 0;
}

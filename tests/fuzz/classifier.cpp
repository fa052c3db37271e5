// The arrays of the network that metrics judge by: two layers `linear`, of 3 outputs and of as many as the file says.
#include "descent/nn/layer.hpp"
#include "descent/plugin/registry.hpp"
#include "fuzz/target.hpp"
#include "metrics/support/fixed_network.hpp"

using namespace descent;

namespace {

/// Makes layers of the one plugin.
class LinearLayers final : public LayerSource {
 public:
  MadeLayer make(const Value& outputs, Diagnostics& diagnostics) const override {
    const LoadedPlugin& plugin = registry_.load(
        PluginKind::layer, std::string(DESCENT_BINARY_DIR) + "/lib/descent/plugins/layer_linear.so");
    const Value section = Value::map({{"outputs", outputs, {}}});
    MadeLayer made;
    made.layer = plugin.create<Layer>(section, diagnostics);
    made.title = plugin.title();
    made.resolved = outputs;
    made.names_output = outputs.is(Value::Kind::text);
    return made;
  }

 private:
  mutable Registry registry_;
};

NetworkSpec two_layers() {
  static const LinearLayers source;
  Diagnostics problems;
  NetworkSpec layers =
      NetworkSpec::parse_layers(Value::list({Value::of(3), Value::of("output")}), source, problems);
  problems.throw_if_any();
  return layers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto file = files.write("classifier.npz", fuzz::text_of(data, size));
  NetworkSpec layers = two_layers();
  fuzz::reads([&] {
    const Shape outputs = FixedNetwork::output_in(file, "classifier");
    if (outputs.size() > 4096) return;  // the network is made before the file's other arrays are looked at
    const FixedNetwork network(layers, Shape{4}, outputs, "classifier", file);
    network(Variable(Tensor::zeros(Shape{2, 4})));
  });
  return 0;
}

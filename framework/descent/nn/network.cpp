#include "descent/nn/network.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace descent {

namespace {

using LayerSpec = NetworkSpec::LayerSpec;

using ActivationFunction = Variable (*)(const Variable&, double argument);

ActivationFunction activation_function(std::string_view kind) {
  if (kind == "relu") return [](const Variable& x, double) { return relu(x); };
  if (kind == "leaky_relu") return [](const Variable& x, double slope) { return leaky_relu(x, slope); };
  if (kind == "elu") return [](const Variable& x, double scale) { return elu(x, scale); };
  if (kind == "tanh") return [](const Variable& x, double) { return tanh(x); };
  if (kind == "sigmoid") return [](const Variable& x, double) { return sigmoid(x); };
  if (kind == "softplus") return [](const Variable& x, double) { return softplus(x); };
  if (kind == "gelu") return [](const Variable& x, double) { return gelu(x); };
  throw Error(fmt::format("there is no layer '{}'", kind));
}

/// An activation that stands alone.
class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(const LayerSpec& spec)
      : function_(activation_function(spec.kind)), argument_(spec.argument) {}
  Variable forward(const Variable& x, Pass&) override { return function_(x, argument_); }

 private:
  ActivationFunction function_;
  double argument_;
};

class DropoutLayer final : public Layer {
 public:
  explicit DropoutLayer(double rate) : rate_(rate) {}
  Variable forward(const Variable& x, Pass& pass) override { return dropout(x, rate_, pass); }

 private:
  double rate_;
};

// The activation of dense() that a layer can become, if it is one.
std::optional<Activation> fusable(const LayerSpec& spec) {
  if (spec.kind == "relu") return Activation::relu;
  if (spec.kind == "leaky_relu") return Activation::leaky_relu;
  if (spec.kind == "elu") return Activation::elu;
  if (spec.kind == "tanh") return Activation::tanh;
  if (spec.kind == "sigmoid") return Activation::sigmoid;
  return std::nullopt;
}

initialize::LayerStart start_of(const LayerSpec& spec, const NetworkSpec& network) {
  Diagnostics diagnostics;
  const bool own = !spec.initializer.is(Value::Kind::null);
  const auto start = initialize::parse(own ? spec.initializer : network.default_initializer(), diagnostics);
  diagnostics.throw_if_any();
  return start;
}

}  // namespace

Network::Network(const NetworkSpec& spec, const Shape& input, std::int64_t outputs, std::string_view group,
                 Registrar& registrar)
    : output_(input) {
  std::vector<LayerSpec> layers = spec.layers();
  if (outputs > 0) layers.push_back({"linear", static_cast<double>(outputs), {}, true});
  std::size_t number = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& layer = layers[i];
    if (layer.kind == "linear") {
      Linear::Options options{.bias = layer.bias};
      const auto activation = i + 1 < layers.size() ? fusable(layers[i + 1]) : std::nullopt;
      if (activation) options = {layer.bias, *activation, layers[++i].argument};
      const auto width = static_cast<std::int64_t>(layer.argument);
      layers_.push_back(std::make_unique<Linear>(registrar, group, number++, output_.size(), width,
                                                 start_of(layer, spec), options));
      output_ = {width};
    } else if (layer.kind == "batch_norm") {
      if (output_.rank() == 0)
        throw Error(fmt::format(
            "network '{}': batch_norm needs inputs with channels, but one example is a single number",
            group));
      layers_.push_back(std::make_unique<BatchNorm>(registrar, group, number++, output_[0]));
    } else if (layer.kind == "dropout") {
      layers_.push_back(std::make_unique<DropoutLayer>(layer.argument));
    } else {
      layers_.push_back(std::make_unique<ActivationLayer>(layer));
    }
  }
}

Variable Network::forward(const Variable& x, Pass& pass) const {
  Variable result = x;
  for (const auto& layer : layers_) result = layer->forward(result, pass);
  return result;
}

}  // namespace descent

#include "activation_layer.hpp"

namespace {

/// x, or slope·x below 0. Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013.
class LeakyRelu final : public ActivationLayer {
 public:
  static void options(descent::OptionSpec<LeakyRelu>& o) {
    o.number("slope", &LeakyRelu::slope, 0.01).at_least(0).main().doc("factor below 0").example(0.2);
  }

 private:
  descent::Variable value(const descent::Variable& x) const override { return leaky_relu(x, slope); }
  std::optional<descent::ElementwiseActivation> activation() const override {
    return descent::ElementwiseActivation{descent::Activation::leaky_relu, slope};
  }

  double slope;
};

}  // namespace

DESCENT_LAYER(LeakyRelu, "leaky_relu", "x, or slope·x below 0 (Maas et al., 2013)");

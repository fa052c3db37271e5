#include "activation_layer.hpp"

namespace {

/// The logistic function 1/(1 + e^−x).
class Sigmoid final : public ActivationLayer {
  descent::Variable value(const descent::Variable& x) const override { return sigmoid(x); }
  std::optional<descent::ElementwiseActivation> activation() const override {
    return descent::ElementwiseActivation{descent::Activation::sigmoid};
  }
};

}  // namespace

DESCENT_LAYER(Sigmoid, "sigmoid", "1/(1 + e^−x)");

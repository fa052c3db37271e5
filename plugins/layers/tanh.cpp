#include "activation_layer.hpp"

namespace {

/// The hyperbolic tangent.
class Tanh final : public ActivationLayer {
  descent::Variable value(const descent::Variable& x) const override { return tanh(x); }
  std::optional<descent::ElementwiseActivation> activation() const override {
    return descent::ElementwiseActivation{descent::Activation::tanh};
  }
};

}  // namespace

DESCENT_LAYER(Tanh, "tanh", "the hyperbolic tangent");

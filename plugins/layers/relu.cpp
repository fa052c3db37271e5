#include "activation_layer.hpp"

namespace {

/// max(x, 0). Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010.
class Relu final : public ActivationLayer {
  descent::Variable value(const descent::Variable& x) const override { return relu(x); }
  std::optional<descent::ElementwiseActivation> activation() const override {
    return descent::ElementwiseActivation{descent::Activation::relu};
  }
};

}  // namespace

DESCENT_LAYER(Relu, "relu", "max(x, 0)");

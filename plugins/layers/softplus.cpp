#include "activation_layer.hpp"

namespace {

/// log(1 + e^x). Dugas et al., Incorporating Second-Order Functional Knowledge for Better Option Pricing, 2001.
class Softplus final : public ActivationLayer {
  descent::Variable value(const descent::Variable& x) const override { return softplus(x); }
};

}  // namespace

DESCENT_LAYER(Softplus, "softplus", "log(1 + e^x)");

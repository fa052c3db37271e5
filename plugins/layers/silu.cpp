#include "activation_layer.hpp"

namespace {

/// x·σ(x), also called swish. Elfwing et al., Sigmoid-Weighted Linear Units for Neural Network Function Approximation,
/// 2018, equation 3.
class Silu final : public ActivationLayer {
  descent::Variable value(const descent::Variable& x) const override { return silu(x); }
};

}  // namespace

DESCENT_LAYER(Silu, "silu", "x·σ(x), also called swish (Elfwing et al., 2018)");

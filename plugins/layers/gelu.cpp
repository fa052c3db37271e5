#include "activation_layer.hpp"

namespace {

/// x·Φ(x), exact. Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
class Gelu final : public ActivationLayer {
  descent::Variable value(const descent::Variable& x) const override { return gelu(x); }
};

}  // namespace

DESCENT_LAYER(Gelu, "gelu", "x·Φ(x), exact (Hendrycks and Gimpel, 2016)");

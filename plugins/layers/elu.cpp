#include "activation_layer.hpp"

namespace {

/// x, or scale·(e^x − 1) below 0. Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear
/// Units, 2016.
class Elu final : public ActivationLayer {
 public:
  static void options(descent::OptionSpec<Elu>& o) {
    o.number("scale", &Elu::scale, 1.0).positive().main().doc("minus the limit at −∞");
  }

 private:
  descent::Variable value(const descent::Variable& x) const override { return elu(x, scale); }
  std::optional<descent::ElementwiseActivation> activation() const override {
    return descent::ElementwiseActivation{descent::Activation::elu, scale};
  }

  double scale;
};

}  // namespace

DESCENT_LAYER(Elu, "elu", "x, or scale·(e^x − 1) below 0 (Clevert et al., 2016)");

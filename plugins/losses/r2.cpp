#include "penalty.hpp"

namespace {

/// ½·‖∇ₓD(x)‖² at samples, so that an item with `weight: γ` is the paper's (γ/2)·E‖∇D‖². It looks at the pass over
/// samples that the adversarial loss makes. Mescheder, Geiger and Nowozin, Which Training Methods for GANs do
/// actually Converge?, 2018, equation 10.
class R2 final : public SlopePenalty {
  void evaluate(std::string_view, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = adversarial_play(context, model, batch);
    out.set("penalty", squared_slopes(play.of_fake.logits, play.fake, model.packing()) * 0.5);
  }
};

}  // namespace

DESCENT_LOSS(
    R2, "r2",
    "half of the discriminator's squared slope at samples: weight γ is R2's (Mescheder et al., 2018)");

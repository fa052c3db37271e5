#include "penalty.hpp"

namespace {

/// ½·‖∇ₓD(x)‖² at data, so that an item with `weight: γ` is the paper's (γ/2)·E‖∇D‖². It looks at the pass over data
/// that the adversarial loss makes. Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually
/// Converge?, 2018, equation 9. With `every: k` (lazy regularization: Karras et al., Analyzing and Improving the Image
/// Quality of StyleGAN, 2020, appendix B) it is evaluated on one step of k and not scaled: `weight: kγ` keeps the mean.
class R1 final : public SlopePenalty {
  void evaluate(std::string_view, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& real = adversarial_play(context, model, batch).real;
    const auto& logits = discriminate_real(context, model, batch).logits;
    out.set("penalty", squared_slopes(logits, real, model.packing()) * 0.5);
  }
};

}  // namespace

DESCENT_LOSS(R1, "r1",
             "half of the discriminator's squared slope at data: weight γ is R1's (Mescheder et al., 2018)");

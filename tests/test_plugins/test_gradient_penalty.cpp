#include <descent/plugin/play.hpp>

namespace {

/// γ/2·‖∇ₓD(x)‖² at real examples: Mescheder et al., Which Training Methods for GANs do actually Converge?, 2018, equation
/// 9. It looks at the discriminator's pass over them that the other losses have made.
class GradientPenalty final : public descent::LossOn<descent::AdversarialModel> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{"discriminator"}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"penalty"}};
  }
  void evaluate(std::string_view, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = adversarial_play(context, model, batch);
    const auto& real = discriminate_real(context, model, batch).logits;
    const auto gradient = grad(real, {&play.real[0], 1}, {.create_graph = true})[0];
    out.set("penalty", sum_features(square(gradient)) * 0.5);
  }
};

}  // namespace

DESCENT_LOSS(GradientPenalty, "test_gradient_penalty", "R1 at shared real examples, for tests")

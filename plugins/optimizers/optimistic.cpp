#include <descent/plugin/optimizer.hpp>

namespace {

/// Optimistic gradients. Daskalakis et al., Training GANs with Optimism, 2018, equation 5: gₜ + β·(gₜ − gₜ₋₁)
/// takes the place of gₜ, with β = 1 in the paper. Before sgd it is optimistic gradient descent, after adam
/// Optimistic Adam (algorithm 1). β other than 1: Mokhtari, Ozdaglar and Pattathil, A Unified Analysis of
/// Extra-gradient and Optimistic Gradient Methods, 2020, equation 19.
class Optimistic final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Optimistic>& o) {
    o.schedule("beta", &Optimistic::beta, 1.0)
        .at_least(0)
        .doc("weight β of the gradient's last change")
        .contrast(0.5);
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"previous"}; }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), previous = block.slot(0);
    const descent::BlockArray now = update;
    if (step.update() > 1) update += step(beta) * (now - previous);
    previous = now;  // NOLINT(cppcoreguidelines-slicing): the numbers are copied
  }

 private:
  descent::Schedule beta;
};

}  // namespace

DESCENT_OPTIMIZER(Optimistic, "optimistic", "predicts the next gradient (Daskalakis et al., 2018)");

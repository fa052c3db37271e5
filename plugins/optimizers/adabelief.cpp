#include "adam_options.hpp"

#include <cmath>

namespace {

/// AdaBelief. Zhuang et al., AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients,
/// 2020, algorithm 2: m = β₁·m + (1 − β₁)·g, s = β₂·s + (1 − β₂)·(g − m)² + ε_root, θ −= η·m̂ / (√ŝ + ε) with
/// Adam's bias corrections.
class AdaBelief final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<AdaBelief>& o) {
    adam_options(o, &AdaBelief::learning_rate, &AdaBelief::beta1, &AdaBelief::beta2, &AdaBelief::epsilon,
                 {.beta2 = "decay of the squared surprise",
                  .epsilon = 1e-16,
                  .epsilon_is = "added to the root of the squared surprise"});
    o.number("epsilon_root", &AdaBelief::epsilon_root, 1e-16)
        .at_least(0)
        .doc("added to the squared surprise at every update")
        .contrast(1e-3);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {"first_moment", "squared_surprise"};
  }
  descent::ScalarStates scalars() const override { return {"step_size", "root_correction"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update());
    scalars[0] = step(learning_rate) / (1 - std::pow(beta1, t));
    scalars[1] = 1 / std::sqrt(1 - std::pow(beta2, t));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), s = block.slot(1);
    m = beta1 * m + (1 - beta1) * update;
    s = beta2 * s + (1 - beta2) * (update - m).square() + epsilon_root;
    update = step.scalar(0) * m / (step.scalar(1) * s.sqrt() + epsilon);
  }

 private:
  descent::Schedule learning_rate;
  double beta1, beta2, epsilon, epsilon_root;
};

}  // namespace

DESCENT_OPTIMIZER(AdaBelief, "adabelief", "steps by the belief in observed gradients (Zhuang et al., 2020)");

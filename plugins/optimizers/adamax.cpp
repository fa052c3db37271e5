#include "adam_options.hpp"

#include <cmath>

namespace {

/// Adamax. Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 2:
/// m = β₁·m + (1 − β₁)·g, u = max(β₂·u, |g| + ε), θ −= η / (1 − β₁ᵗ)·m / u. The paper has no ε.
class Adamax final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Adamax>& o) {
    adam_options(
        o, &Adamax::learning_rate, &Adamax::beta1, &Adamax::beta2, &Adamax::epsilon,
        {.learning_rate = 2e-3,
         .beta2 = "decay of the infinity norm",
         .epsilon_is = "added to the gradient's size; with 0, a gradient that was always 0 divides by 0"});
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"first_moment", "infinity_norm"}; }
  descent::ScalarStates scalars() const override { return {"step_size"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    scalars[0] = step(learning_rate) / (1 - std::pow(beta1, static_cast<double>(step.update())));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), u = block.slot(1);
    m = beta1 * m + (1 - beta1) * update;
    u = (beta2 * u).max(update.abs() + epsilon);
    update = step.scalar(0) * m / u;
  }

 private:
  descent::Schedule learning_rate;
  double beta1, beta2, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(Adamax, "adamax", "Adam with the infinity norm (Kingma and Ba, 2015)");

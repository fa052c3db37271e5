#include <descent/plugin/optimizer.hpp>

#include <cmath>

namespace {

/// Adamax. Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 2:
/// m = β₁·m + (1 − β₁)·g, u = max(β₂·u, |g| + ε), θ −= η / (1 − β₁ᵗ)·m / u. The paper has no ε.
class Adamax final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Adamax>& o) {
    o.schedule("learning_rate", &Adamax::learning_rate, 2e-3).positive().doc("step size η");
    o.number("beta1", &Adamax::beta1, 0.9).at_least(0).below(1).doc("decay of the first moment").example(0.5);
    o.number("beta2", &Adamax::beta2, 0.999)
        .at_least(0)
        .below(1)
        .doc("decay of the infinity norm")
        .example(0.9);
    o.number("epsilon", &Adamax::epsilon, 1e-8)
        .at_least(0)
        .doc("added to the gradient's size; with 0, a gradient that was always 0 divides by 0")
        .example(1e-3);
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

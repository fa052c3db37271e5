#include "adam_options.hpp"

#include <cmath>

namespace {

/// Adam. Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 1:
/// m = β₁·m + (1 − β₁)·g, v = β₂·v + (1 − β₂)·g², θ −= η·m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 −
/// β₂ᵗ).
class Adam final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Adam>& o) {
    adam_options(o, &Adam::learning_rate, &Adam::beta1, &Adam::beta2, &Adam::epsilon);
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"first_moment", "second_moment"}; }
  descent::ScalarStates scalars() const override { return {"step_size", "root_correction"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update());
    scalars[0] = step(learning_rate) / (1 - std::pow(beta1, t));
    scalars[1] = 1 / std::sqrt(1 - std::pow(beta2, t));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), v = block.slot(1);
    m = beta1 * m + (1 - beta1) * update;
    v = beta2 * v + (1 - beta2) * update.square();
    update = step.scalar(0) * m / (step.scalar(1) * v.sqrt() + epsilon);
  }

 private:
  descent::Schedule learning_rate;
  double beta1, beta2, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(Adam, "adam", "adaptive moment estimation (Kingma and Ba, 2015)");

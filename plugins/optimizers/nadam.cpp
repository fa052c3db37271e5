#include "adam_options.hpp"

#include <cmath>

namespace {

/// Adam with Nesterov's momentum. Dozat, Incorporating Nesterov Momentum into Adam, 2016, algorithm 2, with
/// its schedule μₜ = β₁·(1 − ½·0.96^(t·ψ)): m = β₁·m + (1 − β₁)·g, v = β₂·v + (1 − β₂)·g²,
/// θ −= η·((1 − μₜ) / (1 − μ₁⋯μₜ)·g + μₜ₊₁ / (1 − μ₁⋯μₜ₊₁)·m) / (√v̂ + ε).
class Nadam final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Nadam>& o) {
    adam_options(o, &Nadam::learning_rate, &Nadam::beta1, &Nadam::beta2, &Nadam::epsilon,
                 {.learning_rate = 2e-3});
    o.number("momentum_decay", &Nadam::momentum_decay, 4e-3)
        .at_least(0)
        .doc("how fast ψ the momentum rises to β₁")
        .contrast(1.0);
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"first_moment", "second_moment"}; }
  descent::ScalarStates scalars() const override {
    return {{"momentum_product", 1}, "gradient_step", "moment_step", "root_correction"};
  }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update());
    const double now = momentum(t), next = momentum(t + 1);
    scalars[0] *= now;
    scalars[1] = step(learning_rate) * (1 - now) / (1 - scalars[0]);
    scalars[2] = step(learning_rate) * next / (1 - scalars[0] * next);
    scalars[3] = 1 / std::sqrt(1 - std::pow(beta2, t));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), v = block.slot(1);
    m = beta1 * m + (1 - beta1) * update;
    v = beta2 * v + (1 - beta2) * update.square();
    update = (step.scalar(1) * update + step.scalar(2) * m) / (step.scalar(3) * v.sqrt() + epsilon);
  }

 private:
  double momentum(double t) const { return beta1 * (1 - 0.5 * std::pow(0.96, t * momentum_decay)); }

  descent::Schedule learning_rate;
  double beta1, beta2, epsilon, momentum_decay;
};

}  // namespace

DESCENT_OPTIMIZER(Nadam, "nadam", "Adam with Nesterov's momentum (Dozat, 2016)");

#include "adam_options.hpp"

#include <cmath>

namespace {

/// Yogi. Zaheer et al., Adaptive Methods for Nonconvex Optimization, 2018, algorithm 2, with Adam's bias
/// corrections: m = β₁·m + (1 − β₁)·g, v −= (1 − β₂)·sign(v − g²)·g², θ −= η·m̂ / (√v̂ + ε).
class Yogi final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Yogi>& o) {
    adam_options(o, &Yogi::learning_rate, &Yogi::beta1, &Yogi::beta2, &Yogi::epsilon,
                 {.learning_rate = 1e-2,
                  .beta2 = "how slowly the second moment follows the squares",
                  .epsilon = 1e-3,
                  .epsilon_contrast = 0.1});
    o.number("initial_first_moment", &Yogi::initial_first_moment, 1e-6)
        .doc("what the first moment starts with")
        .contrast(0.1);
    o.number("initial_second_moment", &Yogi::initial_second_moment, 1e-6)
        .at_least(0)
        .doc("what the second moment starts with")
        .contrast(0.1);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {{"first_moment", initial_first_moment}, {"second_moment", initial_second_moment}};
  }
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
    v -= (1 - beta2) * sign(v - update.square()) * update.square();
    update = step.scalar(0) * m / (step.scalar(1) * v.sqrt() + epsilon);
  }

 private:
  descent::Schedule learning_rate;
  double beta1, beta2, epsilon, initial_first_moment, initial_second_moment;
};

}  // namespace

DESCENT_OPTIMIZER(Yogi, "yogi", "Adam whose second moment moves by additive steps (Zaheer et al., 2018)");

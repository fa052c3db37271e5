#include "adam_options.hpp"

#include <cmath>

namespace {

/// LAMB. You et al., Large Batch Optimization for Deep Learning: Training BERT in 76 minutes, 2020, algorithm
/// 2: r = m̂ / (√v̂ + ε) + λ·θ with Adam's moments, and for each tensor θ −= η·‖θ‖ / ‖r‖·r. Where a norm is 0
/// the factor is 1, or biases that start at zero would never move.
class Lamb final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Lamb>& o) {
    adam_options(o, &Lamb::learning_rate, &Lamb::beta1, &Lamb::beta2, &Lamb::epsilon, {.epsilon = 1e-6});
    o.schedule("weight_decay", &Lamb::weight_decay, 0.0)
        .at_least(0)
        .doc("weight λ of the values in the direction")
        .contrast(0.5);
  }

  descent::Granularity granularity() const override { return descent::Granularity::tensor; }
  descent::Slots slots(const descent::Parameter&) const override { return {"first_moment", "second_moment"}; }
  descent::ScalarStates scalars() const override { return {"moment_correction", "root_correction"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update());
    scalars[0] = 1 / (1 - std::pow(beta1, t));
    scalars[1] = 1 / std::sqrt(1 - std::pow(beta2, t));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    double direction_squares = 0, value_squares = 0;
    block.in_pieces([&](descent::Block piece) {
      auto r = piece.update(), m = piece.slot(0), v = piece.slot(1);
      m = beta1 * m + (1 - beta1) * r;
      v = beta2 * v + (1 - beta2) * r.square();
      r = step.scalar(0) * m / (step.scalar(1) * v.sqrt() + epsilon) + step(weight_decay) * piece.value();
      direction_squares += descent::sum_of_squares(r);
      value_squares += descent::sum_of_squares(piece.value());
    });
    const bool trusted = direction_squares > 0 && value_squares > 0;
    const double trust = trusted ? std::sqrt(value_squares / direction_squares) : 1;
    block.update() *= static_cast<descent::Scalar>(step(learning_rate) * trust);
  }

 private:
  descent::Schedule learning_rate, weight_decay;
  double beta1, beta2, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(Lamb, "lamb", "Adam with a trust ratio for each tensor (You et al., 2020)");

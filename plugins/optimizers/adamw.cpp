#include "adam_options.hpp"

#include <cmath>

namespace {

/// Adam with decoupled weight decay. Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019,
/// algorithm 2, whose schedule multiplies both parts: θ −= η·(m̂ / (√v̂ + ε) + λ·θ), with Adam's m̂ and v̂.
class AdamW final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<AdamW>& o) {
    adam_options(o, &AdamW::learning_rate, &AdamW::beta1, &AdamW::beta2, &AdamW::epsilon);
    o.schedule("weight_decay", &AdamW::weight_decay, 1e-2)
        .at_least(0)
        .doc("λ: every update takes the share η·λ of the values away")
        .contrast(0.5);
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"first_moment", "second_moment"}; }
  descent::ScalarStates scalars() const override { return {"step_size", "root_correction", "decay"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update());
    scalars[0] = step(learning_rate) / (1 - std::pow(beta1, t));
    scalars[1] = 1 / std::sqrt(1 - std::pow(beta2, t));
    scalars[2] = step(learning_rate) * step(weight_decay);
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), v = block.slot(1);
    m = beta1 * m + (1 - beta1) * update;
    v = beta2 * v + (1 - beta2) * update.square();
    update = step.scalar(0) * m / (step.scalar(1) * v.sqrt() + epsilon) + step.scalar(2) * block.value();
  }

 private:
  descent::Schedule learning_rate, weight_decay;
  double beta1, beta2, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(AdamW, "adamw", "Adam with decoupled weight decay (Loshchilov and Hutter, 2019)");

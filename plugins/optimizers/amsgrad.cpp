#include "adam_options.hpp"

#include <cmath>

namespace {

/// AMSGrad. Reddi, Kale and Kumar, On the Convergence of Adam and Beyond, 2018, algorithm 2, with Adam's bias
/// corrections: v_max = max(v_max, v) replaces v in the denominator, so that step sizes never grow.
class AmsGrad final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<AmsGrad>& o) {
    adam_options(o, &AmsGrad::learning_rate, &AmsGrad::beta1, &AmsGrad::beta2, &AmsGrad::epsilon,
                 {.epsilon_is = "added to the root of the greatest second moment"});
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {"first_moment", "second_moment", "greatest_second_moment"};
  }
  descent::ScalarStates scalars() const override { return {"step_size", "root_correction"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update());
    scalars[0] = step(learning_rate) / (1 - std::pow(beta1, t));
    scalars[1] = 1 / std::sqrt(1 - std::pow(beta2, t));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), v = block.slot(1), v_max = block.slot(2);
    m = beta1 * m + (1 - beta1) * update;
    v = beta2 * v + (1 - beta2) * update.square();
    v_max = v_max.max(v);
    update = step.scalar(0) * m / (step.scalar(1) * v_max.sqrt() + epsilon);
  }

 private:
  descent::Schedule learning_rate;
  double beta1, beta2, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(AmsGrad, "amsgrad", "Adam whose step sizes never grow (Reddi, Kale and Kumar, 2018)");

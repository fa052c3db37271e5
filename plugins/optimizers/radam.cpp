#include "adam_options.hpp"

#include <cmath>

namespace {

/// Rectified Adam. Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, 2020, algorithm 2:
/// where the approximated length ρₜ of the second moment's average is above 5, θ −= η·rₜ·m̂·√(1 − β₂ᵗ) / (√v +
/// ε); before, while its variance is too large, θ −= η·m̂. Algorithm 2 has the threshold 4; the authors' code
/// and PyTorch have 5, and so has this.
class RAdam final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<RAdam>& o) {
    adam_options(
        o, &RAdam::learning_rate, &RAdam::beta1, &RAdam::beta2, &RAdam::epsilon,
        {.beta2 =
             "decay of the second moment; up to 2/3 no step is ever adaptive, because ρₜ stays below 5"});
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"first_moment", "second_moment"}; }
  descent::ScalarStates scalars() const override { return {"step_size", "adaptive"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.update()), power = std::pow(beta2, t);
    const double limit = 2 / (1 - beta2) - 1, length = limit - 2 * t * power / (1 - power);
    const bool adaptive = length > 5;
    scalars[0] = step(learning_rate) / (1 - std::pow(beta1, t));
    scalars[1] = adaptive ? 1 : 0;
    if (adaptive)
      scalars[0] *=
          std::sqrt((1 - power) * (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0), v = block.slot(1);
    m = beta1 * m + (1 - beta1) * update;
    v = beta2 * v + (1 - beta2) * update.square();
    if (step.scalar(1) != 0) {
      update = step.scalar(0) * m / (v.sqrt() + epsilon);
    } else {
      update = step.scalar(0) * m;
    }
  }

 private:
  descent::Schedule learning_rate;
  double beta1, beta2, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(RAdam, "radam", "Adam with a rectified start (Liu et al., 2020)");

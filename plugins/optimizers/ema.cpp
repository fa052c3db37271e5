#include <descent/plugin/optimizer.hpp>

#include <algorithm>
#include <cmath>

namespace {

enum class Warmup { none, bias_correction, ramp };

/// Metrics and samples look at an exponential moving average of the values, a = d·a + (1 − d)·θ after every
/// update; training goes on at θ. Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging,
/// 1992; for GANs Yazıcı et al., The Unusual Effectiveness of Averaging in GAN Training, 2019.
class Ema final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Ema>& o) {
    o.number("decay", &Ema::decay, 0.999).at_least(0).below(1).doc("weight d of the past").contrast(0.5);
    o.choice<Warmup>(
         "warmup", &Ema::warmup, "none",
         {{"none", Warmup::none}, {"bias_correction", Warmup::bias_correction}, {"ramp", Warmup::ramp}})
        .doc(
            "weight of the start at update t: dᵗ; none, as Adam's correction does it; or little, with the "
            "decay min(d, (1 + t) / (10 + t))")
        .contrast("bias_correction");
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {{"average", descent::Slot::Start::value}};
  }
  descent::ScalarStates scalars() const override { return {"decay"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double t = static_cast<double>(step.move());
    scalars[0] = decay;
    // The average of a zero start divided by 1 − dᵗ, written as a step from the last such quotient.
    if (warmup == Warmup::bias_correction)
      scalars[0] *= (1 - std::pow(decay, t - 1)) / (1 - std::pow(decay, t));
    if (warmup == Warmup::ramp) scalars[0] = std::min(decay, (1 + t) / (10 + t));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step&, descent::Block) const override {}

  void settle(const descent::Step& step, descent::SettledBlock block) const override {
    block.slot(0) += (1 - step.scalar(0)) * (block.value() - block.slot(0));
  }
  void evaluation_point(const descent::Step&, descent::Block block, descent::ArrayView out) const override {
    out = block.slot(0);
  }

 private:
  double decay;
  Warmup warmup;
};

}  // namespace

DESCENT_OPTIMIZER(Ema, "ema", "evaluates at an average of the values (Polyak and Juditsky, 1992)");

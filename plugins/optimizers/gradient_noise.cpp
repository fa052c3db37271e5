#include <descent/plugin/optimizer.hpp>

#include <cmath>

namespace {

/// Adds normal noise to the gradient. Neelakantan et al., Adding Gradient Noise Improves Learning for Very
/// Deep Networks, 2015, equation 1: its variance at update t, counted from 0, is η / (1 + t)^γ.
class GradientNoise final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<GradientNoise>& o) {
    o.number("eta", &GradientNoise::eta, 0.01)
        .at_least(0)
        .doc("variance η at the first update; the paper tries 0.01, 0.3 and 1")
        .contrast(0.3);
    o.number("gamma", &GradientNoise::gamma, 0.55)
        .at_least(0)
        .doc("how fast γ the variance shrinks")
        .contrast(2.0);
  }

  descent::ScalarStates scalars() const override { return {"standard_deviation"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    scalars[0] = std::sqrt(eta / std::pow(static_cast<double>(step.update()), gamma));
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    block.update() += step.scalar(0) * block.normal();
  }

 private:
  double eta, gamma;
};

}  // namespace

DESCENT_OPTIMIZER(GradientNoise, "gradient_noise", "adds fading normal noise (Neelakantan et al., 2015)");

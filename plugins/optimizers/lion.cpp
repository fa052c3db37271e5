#include <descent/plugin/optimizer.hpp>

namespace {

/// Evolved sign momentum. Chen et al., Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2:
/// θ −= η·(sign(β₁·m + (1 − β₁)·g) + λ·θ), m = β₂·m + (1 − β₂)·g.
class Lion final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Lion>& o) {
    o.schedule("learning_rate", &Lion::learning_rate, 1e-4).positive().doc("step size η");
    o.number("beta1", &Lion::beta1, 0.9).in(0, 1).doc("decay of the interpolated direction").contrast(0.1);
    o.number("beta2", &Lion::beta2, 0.99).in(0, 1).doc("decay of the stored momentum").contrast(0.5);
    o.schedule("weight_decay", &Lion::weight_decay, 0.0)
        .at_least(0)
        .doc("λ: every update takes the share η·λ of the values away")
        .contrast(0.5);
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"momentum"}; }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0);
    const descent::BlockArray direction = beta1 * m + (1 - beta1) * update;
    m = beta2 * m + (1 - beta2) * update;
    update = step(learning_rate) * (sign(direction) + step(weight_decay) * block.value());
  }

 private:
  descent::Schedule learning_rate, weight_decay;
  double beta1, beta2;
};

}  // namespace

DESCENT_OPTIMIZER(Lion, "lion", "evolved sign momentum (Chen et al., 2023)");

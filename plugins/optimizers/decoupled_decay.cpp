#include <descent/plugin/optimizer.hpp>

namespace {

/// Adds rate·θ to the update: as the last rule, every update takes that share of the values away, whatever
/// the optimizer before it did. Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, equation
/// 1. The rate has a schedule of its own and is not multiplied by a learning rate: adamw's η·λ, where η is
/// constant.
class DecoupledDecay final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<DecoupledDecay>& o) {
    o.schedule("rate", &DecoupledDecay::rate, 1e-5)
        .in(0, 1)
        .doc("share of the values that each update takes away")
        .contrast(0.1);
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    block.update() += step(rate) * block.value();
  }

 private:
  descent::Schedule rate;
};

}  // namespace

DESCENT_OPTIMIZER(DecoupledDecay, "decoupled_decay",
                  "takes a share of the values away at each update (Loshchilov and Hutter, 2019)");

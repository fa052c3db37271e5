#include <descent/plugin/optimizer.hpp>

namespace {

/// Adds weight·sign(θ) to the update: before an optimizer, what the penalty weight·‖θ‖₁ adds to the gradient.
class L1 final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<L1>& o) {
    o.schedule("weight", &L1::weight, 1e-4).at_least(0).doc("size of what is added").contrast(0.5);
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    block.update() += step(weight) * sign(block.value());
  }

 private:
  descent::Schedule weight;
};

}  // namespace

DESCENT_OPTIMIZER(L1, "l1", "adds weight·sign(θ) to the gradient");

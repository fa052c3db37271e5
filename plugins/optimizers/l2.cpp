#include <descent/plugin/optimizer.hpp>

namespace {

/// Adds weight·θ to the update: before an optimizer, what the penalty (weight/2)·‖θ‖² adds to the gradient.
/// An adaptive optimizer then rescales it; decoupled_decay stands after it instead.
class L2 final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<L2>& o) {
    o.schedule("weight", &L2::weight, 1e-4).at_least(0).doc("factor of the values added").contrast(0.5);
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    block.update() += step(weight) * block.value();
  }

 private:
  descent::Schedule weight;
};

}  // namespace

DESCENT_OPTIMIZER(L2, "l2", "adds weight·θ to the gradient");

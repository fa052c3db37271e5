#include "inverse_root.hpp"

namespace {

using descent::Tensor, descent::Transpose;

/// Gradients, preconditioned from both sides. Gupta, Koren and Singer, Shampoo: Preconditioned Stochastic
/// Tensor Optimization, 2018, algorithm 1: L ← L + G·Gᵀ and R ← R + Gᵀ·G from ε·I; the update
/// η·L^(−1/4)·G·R^(−1/4). For matrices; what is none goes to the chain under `fallback`.
class Shampoo final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Shampoo>& o) {
    o.schedule("learning_rate", &Shampoo::learning_rate, 0.1).positive().doc("step size η");
    o.number("epsilon", &Shampoo::epsilon, 1e-4)
        .positive()
        .doc("ε, what both statistics begin with")
        .contrast(0.1);
    o.integer("root_every", &Shampoo::root_every, 1)
        .at_least(1)
        .unit("updates")
        .doc("how often the inverse roots are computed; in between the last ones are used")
        .contrast(5);
  }

  bool accepts(const descent::Parameter& parameter) const override {
    return parameter.as_matrix().has_value();
  }
  descent::Granularity granularity() const override { return descent::Granularity::tensor; }
  descent::Slots slots(const descent::Parameter& parameter) const override {
    const descent::Shape matrix = *parameter.as_matrix();
    const descent::Shape rows{matrix[0], matrix[0]}, columns{matrix[1], matrix[1]};
    return {{"left", rows}, {"right", columns}, {"left_root", rows}, {"right_root", columns}};
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    Tensor update = block.update_tensor(), left = block.slot_tensor(0), right = block.slot_tensor(1);
    gemm(update, Transpose::no, update, Transpose::yes, left, true);
    gemm(update, Transpose::yes, update, Transpose::no, right, true);
    if ((step.update() - 1) % root_every == 0) {
      inverse_root(left, epsilon, 4, block, 1, block.slot_tensor(2));
      inverse_root(right, epsilon, 4, block, 5, block.slot_tensor(3));
    }
    Tensor half = block.workspace(0, block.shape());
    gemm(block.slot_tensor(2), Transpose::no, update, Transpose::no, half);
    gemm(half, Transpose::no, block.slot_tensor(3), Transpose::no, update);
    block.update() *= static_cast<descent::Scalar>(step(learning_rate));
  }

 private:
  descent::Schedule learning_rate;
  double epsilon;
  std::int64_t root_every;
};

}  // namespace

DESCENT_OPTIMIZER(Shampoo, "shampoo", "preconditioned from both sides, for matrices (Gupta et al., 2018)");

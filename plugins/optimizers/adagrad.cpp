#include <descent/plugin/optimizer.hpp>

namespace {

/// Adagrad. Duchi, Hazan and Singer, Adaptive Subgradient Methods for Online Learning and Stochastic
/// Optimization, 2011, figure 1 with diagonal matrices: s += g², θ −= η·g / (√s + ε).
class Adagrad final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Adagrad>& o) {
    o.schedule("learning_rate", &Adagrad::learning_rate, 1e-2).positive().doc("step size η");
    o.number("epsilon", &Adagrad::epsilon, 1e-10)
        .at_least(0)
        .doc("added to the root of the sum")
        .contrast(1e-3);
    o.number("initial_accumulator", &Adagrad::initial_accumulator, 0.0)
        .at_least(0)
        .doc("what the sum of squares starts with: above 0, the first steps are shorter")
        .contrast(0.1);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {{"square_sum", initial_accumulator}};
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), sum = block.slot(0);
    sum += update.square();
    update = step(learning_rate) * update / (sum.sqrt() + epsilon);
  }

 private:
  descent::Schedule learning_rate;
  double epsilon, initial_accumulator;
};

}  // namespace

DESCENT_OPTIMIZER(Adagrad, "adagrad", "adaptive subgradients (Duchi, Hazan and Singer, 2011)");

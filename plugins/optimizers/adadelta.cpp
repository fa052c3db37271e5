#include <descent/plugin/optimizer.hpp>

namespace {

/// Adadelta. Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012, algorithm 1: v = ρ·v + (1 − ρ)·g²,
/// Δ = √(a + ε) / √(v + ε)·g, a = ρ·a + (1 − ρ)·Δ²; θ −= η·Δ, with η = 1 in the paper.
class Adadelta final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Adadelta>& o) {
    o.schedule("learning_rate", &Adadelta::learning_rate, 1.0).positive().doc("factor η of the step");
    o.number("rho", &Adadelta::rho, 0.9).at_least(0).below(1).doc("decay of both mean squares").contrast(0.5);
    o.number("epsilon", &Adadelta::epsilon, 1e-6)
        .positive()
        .doc("added inside both roots: the first steps are as long as its root")
        .contrast(1e-3);
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"square_mean", "step_mean"}; }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), v = block.slot(0), a = block.slot(1);
    v = rho * v + (1 - rho) * update.square();
    update *= ((a + epsilon) / (v + epsilon)).sqrt();
    a = rho * a + (1 - rho) * update.square();
    update *= static_cast<descent::Scalar>(step(learning_rate));
  }

 private:
  descent::Schedule learning_rate;
  double rho, epsilon;
};

}  // namespace

DESCENT_OPTIMIZER(Adadelta, "adadelta", "steps in the units of the parameters (Zeiler, 2012)");

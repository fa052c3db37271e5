#include <descent/plugin/optimizer.hpp>

namespace {

/// Sharpness-aware minimization. Foret et al., Sharpness-Aware Minimization for Efficiently Improving
/// Generalization, 2021, algorithm 1: the rules after it get the gradient at θ + ρ·g / ‖g‖, the norm taken
/// over all that the player moves.
class Sam final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Sam>& o) {
    o.schedule("rho", &Sam::rho, 0.05)
        .positive()
        .doc("distance ρ at which the loss is to be low as well")
        .contrast(0.5);
  }

  descent::Needs needs() const override { return {.norm = descent::Over::player}; }

  void probe(const descent::Step& step, descent::Block block) const override {
    const double factor = step.norm() > 0 ? -step(rho) / step.norm() : 0;  // the host subtracts
    block.update() *= static_cast<descent::Scalar>(factor);
  }
  void apply(const descent::Step&, descent::Block) const override {}

 private:
  descent::Schedule rho;
};

}  // namespace

DESCENT_OPTIMIZER(Sam, "sam", "sharpness-aware minimization (Foret et al., 2021)");

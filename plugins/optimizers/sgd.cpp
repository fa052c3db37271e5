#include <descent/plugin/optimizer.hpp>

namespace {

/// Stochastic gradient descent (Robbins and Monro, 1951) with Polyak's momentum (1964) or Nesterov's
/// (Sutskever et al., On the importance of initialization and momentum in deep learning, 2013), in PyTorch's
/// form: b₁ = g, b = μ·b + (1 − τ)·g; θ −= η·b, or with Nesterov η·(g + μ·b).
class Sgd final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Sgd>& o) {
    o.schedule("learning_rate", &Sgd::learning_rate, 1e-2).positive().doc("step size η");
    o.number("momentum", &Sgd::momentum, 0.0)
        .at_least(0)
        .below(1)
        .doc("decay μ of the sum of past gradients")
        .contrast(0.9);
    o.number("dampening", &Sgd::dampening, 0.0)
        .in(0, 1)
        .doc("share τ by which new gradients are weakened, with momentum")
        .contrast(0.5);
    o.flag("nesterov", &Sgd::nesterov, false).doc("look one step ahead, with momentum").contrast(true);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    if (momentum == 0) return {};
    return {"momentum"};
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update();
    if (momentum != 0) {
      auto buffer = block.slot(0);
      if (step.update() == 1) {
        buffer = update;
      } else {
        buffer = momentum * buffer + (1 - dampening) * update;
      }
      if (nesterov) {
        update += momentum * buffer;
      } else {
        update = buffer;
      }
    }
    update *= static_cast<descent::Scalar>(step(learning_rate));
  }

 private:
  descent::Schedule learning_rate;
  double momentum, dampening;
  bool nesterov;
};

}  // namespace

DESCENT_OPTIMIZER(Sgd, "sgd",
                  "stochastic gradient descent with momentum (Polyak 1964; Sutskever et al. 2013)");

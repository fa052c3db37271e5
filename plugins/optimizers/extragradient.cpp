#include <descent/plugin/optimizer.hpp>

namespace {

enum class Extrapolate { gradient, chain };

/// Extragradient. Korpelevich, The extragradient method for finding saddle points and other problems, 1976:
/// the rules after it get the gradient at θ − h·∇f(θ), and move θ. With `extrapolate: chain` the point ahead
/// is the one to which those rules would go: before Adam that is extra-Adam (Gidel et al., A Variational
/// Inequality Perspective on Generative Adversarial Networks, 2019, algorithm 4). There is one pair of
/// moments, both gradients go into it, and both half steps count as updates: in step t the bias corrections
/// are those of β^(2t−1) on the way ahead and of β^(2t) behind it. Both gradients are of the same batch; the
/// paper draws a second one.
class Extragradient final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Extragradient>& o) {
    o.choice<Extrapolate>("extrapolate", &Extragradient::extrapolate, "gradient",
                          {{"gradient", Extrapolate::gradient}, {"chain", Extrapolate::chain}})
        .doc("what leads to the point ahead: the gradient, or the rules after this one")
        .contrast("chain");
    o.schedule("learning_rate", &Extragradient::learning_rate, 1e-2)
        .positive()
        .doc("step size h of the extrapolation by the gradient")
        .contrast(0.1);
  }

  descent::Needs needs() const override { return {.probe_with_chain = extrapolate == Extrapolate::chain}; }

  void probe(const descent::Step& step, descent::Block block) const override {
    block.update() *= static_cast<descent::Scalar>(step(learning_rate));
  }
  void apply(const descent::Step&, descent::Block) const override {}

 private:
  Extrapolate extrapolate = Extrapolate::gradient;
  descent::Schedule learning_rate;
};

}  // namespace

DESCENT_OPTIMIZER(Extragradient, "extragradient",
                  "takes the gradient one step ahead (Korpelevich, 1976; Gidel et al., 2019)");

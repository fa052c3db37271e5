#include <descent/plugin/optimizer.hpp>

namespace {

enum class Extrapolate { own, chain };

/// Extrapolates by rate times the gradient, or by what the rules after it make of the gradient. Korpelevich,
/// The extragradient method, 1976.
class Extragradient final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Extragradient>& o) {
    o.schedule("rate", &Extragradient::rate, 0.1).positive().doc("step size of the extrapolation");
    o.choice<Extrapolate>("extrapolate", &Extragradient::extrapolate, "own",
                          {{"own", Extrapolate::own}, {"chain", Extrapolate::chain}})
        .doc("what the displacement is made of");
  }
  descent::Needs needs() const override { return {.probe_with_chain = extrapolate == Extrapolate::chain}; }
  void probe(const descent::Step& step, descent::Block b) const override {
    b.update() *= static_cast<descent::Scalar>(step(rate));
  }
  void apply(const descent::Step&, descent::Block) const override {}

 private:
  descent::Schedule rate;
  Extrapolate extrapolate = Extrapolate::own;
};

}  // namespace

DESCENT_OPTIMIZER(Extragradient, "test_extragradient", "extrapolation, for tests")

#include <descent/plugin/optimizer.hpp>

namespace {

/// Lookahead. Zhang et al., Lookahead Optimizer: k steps forward, 1 step back, 2019, algorithm 1: after every
/// k updates by the chain's other rules the slow weights move, φ += α·(θ − φ), and the fast weights θ begin
/// again at φ. Metrics and samples look at the slow weights.
class Lookahead final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Lookahead>& o) {
    o.integer("every", &Lookahead::every, 5)
        .at_least(1)
        .doc("updates k between two moves of the slow weights")
        .contrast(std::int64_t{2});
    o.schedule("alpha", &Lookahead::alpha, 0.5).in(0, 1).doc("step size α of the slow weights").contrast(0.1);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {{"slow", descent::Slot::Start::value}};
  }
  void apply(const descent::Step&, descent::Block) const override {}

  void settle(const descent::Step& step, descent::SettledBlock block) const override {
    if (step.move() % every != 0) return;
    auto slow = block.slot(0);
    slow += step(alpha) * (block.value() - slow);
    block.value() = slow;
  }
  void evaluation_point(const descent::Step&, descent::Block block, descent::ArrayView out) const override {
    out = block.slot(0);
  }

 private:
  std::int64_t every = 0;
  descent::Schedule alpha;
};

}  // namespace

DESCENT_OPTIMIZER(Lookahead, "lookahead", "slow weights behind the fast ones (Zhang et al., 2019)");

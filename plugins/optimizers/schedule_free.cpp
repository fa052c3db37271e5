#include <descent/plugin/optimizer.hpp>

namespace {

/// Schedule-free SGD. Defazio et al., The Road Less Scheduled, 2024, equations 1 to 3: gradients are taken at
/// y = (1 − β)·z + β·x, z −= γ·∇f(y), x = (1 − c)·x + c·z. What trains is y; metrics and samples look at the
/// average x. The weight c = γ² / Σγ² is 1/t where γ is constant (algorithm 1, line 9).
///
/// Behind a rule without momentum it takes that rule's steps for z: schedule-free AdamW is
/// `[{plugin: adamw, beta1: 0}, {plugin: schedule_free, learning_rate: 1.0}]`.
class ScheduleFree final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<ScheduleFree>& o) {
    o.schedule("learning_rate", &ScheduleFree::learning_rate, 1.0).positive().doc("step size γ");
    o.number("beta", &ScheduleFree::beta, 0.9)
        .in(0, 1)
        .doc("share of the average in the point where gradients are taken")
        .contrast(0.5);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    return {{"z", descent::Slot::Start::value}, {"x", descent::Slot::Start::value}};
  }
  descent::ScalarStates scalars() const override { return {"weight_sum", "weight"}; }

  descent::Verdict begin(const descent::Step& step, descent::Scalars scalars) const override {
    const double weight = step(learning_rate) * step(learning_rate);
    scalars[0] += weight;
    scalars[1] = scalars[0] > 0 ? weight / scalars[0] : 0;
    return descent::Verdict::proceed;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), z = block.slot(0), x = block.slot(1);
    z -= step(learning_rate) * update;
    x += step.scalar(1) * (z - x);
    update = block.value() - ((1 - beta) * z + beta * x);
  }

  void evaluation_point(const descent::Step&, descent::Block block, descent::ArrayView out) const override {
    out = block.slot(1);
  }

 private:
  descent::Schedule learning_rate;
  double beta;
};

}  // namespace

DESCENT_OPTIMIZER(ScheduleFree, "schedule_free", "schedule-free averaging (Defazio et al., 2024)");

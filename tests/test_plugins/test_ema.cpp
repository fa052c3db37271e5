#include <descent/plugin/optimizer.hpp>

namespace {

/// Metrics and samples look at average = decay · average + (1 − decay) · value, which starts at the value.
class Average final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Average>& o) {
    o.number("decay", &Average::decay, 0.5).in(0, 1).doc("weight of the past");
  }
  descent::Slots slots(const descent::Parameter&) const override {
    return {{"average", descent::Slot::Start::value}};
  }
  void apply(const descent::Step&, descent::Block) const override {}
  void settle(const descent::Step&, descent::SettledBlock b) const override {
    auto average = b.slot(0);
    average = decay * average + (1 - decay) * b.value();
  }
  void evaluation_point(const descent::Step&, descent::Block b, descent::ArrayView out) const override {
    out = b.slot(0);
  }

 private:
  double decay = 0;
};

}  // namespace

DESCENT_OPTIMIZER(Average, "test_ema", "evaluates at an average, for tests")

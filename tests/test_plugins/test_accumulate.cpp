#include <descent/plugin/optimizer.hpp>

namespace {

/// Holds the chain until `every` updates are there, then gives their mean to the rules after it.
class Accumulate final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Accumulate>& o) {
    o.integer("every", &Accumulate::every, 2).at_least(1).doc("how many updates become one");
  }
  descent::Slots slots(const descent::Parameter&) const override { return {"sum"}; }
  descent::ScalarStates scalars() const override { return {"count"}; }
  descent::Verdict begin(const descent::Step&, descent::Scalars scalars) const override {
    scalars[0] = full(scalars[0]) ? 1 : scalars[0] + 1;
    return full(scalars[0]) ? descent::Verdict::proceed : descent::Verdict::hold;
  }
  void apply(const descent::Step& step, descent::Block b) const override {
    auto u = b.update(), sum = b.slot(0);
    sum += u;
    if (!full(step.scalar(0))) return;
    u = sum / static_cast<descent::Scalar>(every);
    sum = 0;
  }

 private:
  bool full(double count) const { return count >= static_cast<double>(every); }
  std::int64_t every = 0;
};

}  // namespace

DESCENT_OPTIMIZER(Accumulate, "test_accumulate", "mean of several updates, for tests")

#include <descent/plugin/optimizer.hpp>

namespace {

/// Multiplies the update of step n by factor^n, kept as a scalar, and adds 1 to a scalar that counts.
class Counter final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Counter>& o) {
    o.number("factor", &Counter::factor, 0.5).above(0).at_most(1).doc("what each update is shrunk by");
  }
  descent::ScalarStates scalars() const override { return {"updates", {"power", 1.0}}; }
  descent::Verdict begin(const descent::Step&, descent::Scalars scalars) const override {
    scalars[0] += 1;
    scalars[1] *= factor;
    return descent::Verdict::proceed;
  }
  void apply(const descent::Step& step, descent::Block b) const override {
    b.update() *= static_cast<descent::Scalar>(step.scalar(1));
  }

 private:
  double factor = 0;
};

}  // namespace

DESCENT_OPTIMIZER(Counter, "test_counter", "shrinks updates geometrically, for tests")

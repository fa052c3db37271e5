#include <descent/plugin/optimizer.hpp>

namespace {

/// Plain gradient descent: the smallest rule there is.
class Descent final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Descent>& o) {
    o.schedule("learning_rate", &Descent::learning_rate, 0.1).positive().doc("step size");
  }
  void apply(const descent::Step& step, descent::Block b) const override {
    b.update() *= static_cast<descent::Scalar>(step(learning_rate));
  }

 private:
  descent::Schedule learning_rate;
};

}  // namespace

DESCENT_OPTIMIZER(Descent, "test_descent", "gradient descent, for tests")

#include <descent/plugin/optimizer.hpp>

namespace {

/// Adds the difference of two independent normal numbers to every number of the update.
class Noise final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Noise>& o) {
    o.number("stddev", &Noise::stddev, 0.1).at_least(0).doc("of each of the two");
  }
  void apply(const descent::Step&, descent::Block b) const override {
    b.update() += stddev * (b.normal(0) - b.normal(1));
  }

 private:
  double stddev = 0;
};

}  // namespace

DESCENT_OPTIMIZER(Noise, "test_noise", "adds normal noise, for tests")

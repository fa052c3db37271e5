#include <descent/plugin/optimizer.hpp>

namespace {

/// RMSprop. Tieleman and Hinton, Coursera: Neural Networks for Machine Learning, 2012, lecture 6.5:
/// v = α·v + (1 − α)·g², θ −= η·g / (√v + ε). `centered` divides by the standard deviation √(v − ḡ²) + ε, and
/// with momentum b = μ·b + g / (…), θ −= η·b (Graves, Generating Sequences With Recurrent Neural Networks,
/// 2013, equations 38 to 41).
class RmsProp final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<RmsProp>& o) {
    o.schedule("learning_rate", &RmsProp::learning_rate, 1e-2).positive().doc("step size η");
    o.number("alpha", &RmsProp::alpha, 0.99)
        .at_least(0)
        .below(1)
        .doc("decay of the mean square")
        .contrast(0.9);
    o.number("epsilon", &RmsProp::epsilon, 1e-8)
        .at_least(0)
        .doc("added to the root of the mean square")
        .contrast(1e-3);
    o.flag("centered", &RmsProp::centered, false)
        .doc("divide by the standard deviation of the gradients instead of their root mean square")
        .contrast(true);
    o.number("momentum", &RmsProp::momentum, 0.0)
        .at_least(0)
        .below(1)
        .doc("decay μ of the sum of past steps")
        .contrast(0.9);
  }

  descent::Slots slots(const descent::Parameter&) const override {
    descent::Slots slots = {"mean_square"};
    if (centered) slots.push_back("mean");
    if (momentum != 0) slots.push_back("momentum");
    return slots;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), mean_square = block.slot(0);
    const auto rate = static_cast<descent::Scalar>(step(learning_rate));
    const descent::Scalar scale = momentum == 0 ? rate : 1;  // with momentum, the sum of steps is scaled
    mean_square = alpha * mean_square + (1 - alpha) * update.square();
    if (centered) {
      auto mean = block.slot(1);
      mean = alpha * mean + (1 - alpha) * update;
      // Gradients that hardly change leave a variance of 0, which rounding can take below.
      update = scale * (update / ((mean_square - mean.square()).max(0).sqrt() + epsilon));
    } else {
      update = scale * (update / (mean_square.sqrt() + epsilon));
    }
    if (momentum != 0) {
      auto buffer = block.slot(centered ? 2 : 1);
      buffer = momentum * buffer + update;
      update = rate * buffer;
    }
  }

 private:
  descent::Schedule learning_rate;
  double alpha, epsilon, momentum;
  bool centered;
};

}  // namespace

DESCENT_OPTIMIZER(RmsProp, "rmsprop",
                  "gradients over their root mean square (Tieleman and Hinton, 2012; Graves, 2013)");

#include <descent/plugin/optimizer.hpp>

namespace {

/// Cuts every number of an update to [−max, max]. Mikolov, Statistical Language Models Based on Neural
/// Networks, 2012, section 3.2.2.
class ClipValue final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<ClipValue>& o) {
    o.schedule("max", &ClipValue::max, 1.0)
        .positive()
        .doc("the greatest size that passes unchanged")
        .contrast(0.01);
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    block.update() = descent::clamp(block.update(), -step(max), step(max));
  }

 private:
  descent::Schedule max;
};

}  // namespace

DESCENT_OPTIMIZER(ClipValue, "clip_value", "cuts every number of the update (Mikolov, 2012)");

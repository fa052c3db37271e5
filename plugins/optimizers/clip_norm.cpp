#include <descent/plugin/optimizer.hpp>

namespace {

/// Scales an update down to a greatest norm. Pascanu, Mikolov and Bengio, On the difficulty of training
/// recurrent neural networks, 2013, algorithm 1: g *= max / ‖g‖ where ‖g‖ > max.
class ClipNorm final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<ClipNorm>& o) {
    o.schedule("max", &ClipNorm::max, 1.0)
        .positive()
        .doc("the greatest norm that passes unchanged")
        .contrast(0.01);
    o.choice("over", &ClipNorm::over, "player",
             {{"tensor", descent::Over::tensor},
              {"group", descent::Over::group},
              {"player", descent::Over::player}})
        .doc("what the norm is taken over: each parameter, a parameter group, or all that a player moves")
        .contrast("tensor");
  }

  descent::Needs needs() const override { return {.norm = over}; }

  void apply(const descent::Step& step, descent::Block block) const override {
    if (step.norm() > step(max)) block.update() *= static_cast<descent::Scalar>(step(max) / step.norm());
  }

 private:
  descent::Schedule max;
  descent::Over over;
};

}  // namespace

DESCENT_OPTIMIZER(ClipNorm, "clip_norm", "scales the update down to a greatest norm (Pascanu et al., 2013)");

#include <descent/plugin/optimizer.hpp>

namespace {

/// Divides the update by its norm over a tensor, a group or a player.
template <descent::Over over>
class Normalize : public descent::Optimizer {
 public:
  descent::Needs needs() const override { return {.norm = over}; }
  void apply(const descent::Step& step, descent::Block b) const override {
    if (step.norm() > 0) b.update() /= static_cast<descent::Scalar>(step.norm());
  }
};
class NormalizeTensor final : public Normalize<descent::Over::tensor> {};
class NormalizeGroup final : public Normalize<descent::Over::group> {};
class NormalizePlayer final : public Normalize<descent::Over::player> {};

}  // namespace

DESCENT_OPTIMIZER(NormalizeTensor, "test_norm_tensor", "each tensor's update at norm 1, for tests")
DESCENT_OPTIMIZER(NormalizeGroup, "test_norm_group", "each group's update at norm 1, for tests")
DESCENT_OPTIMIZER(NormalizePlayer, "test_norm_player", "each player's update at norm 1, for tests")

#include <descent/plugin/loss.hpp>

namespace {

/// ½·‖θ‖² over the parameters of the player, so that an item with `weight: w` adds w·θ to the gradient. Hoerl
/// and Kennard, Ridge Regression, 1970.
class L2 final : public descent::Loss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"l2"}};
  }

  void evaluate(std::string_view player, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    auto total = descent::Variable::scalar(0);
    for (const auto& parameter : context.parameters(player)) total = total + sum(square(parameter)) * 0.5;
    out.set("l2", total);
  }
};

}  // namespace

DESCENT_LOSS(L2, "l2", "half of the squared norm of the parameters (Hoerl and Kennard, 1970)");

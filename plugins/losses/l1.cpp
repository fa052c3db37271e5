#include <descent/plugin/loss.hpp>

namespace {

/// ‖θ‖₁ over the parameters of the player; the item's `weight` scales it. Tibshirani, Regression Shrinkage
/// and Selection via the Lasso, 1996.
class L1 final : public descent::Loss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"l1"}};
  }

  void evaluate(std::string_view player, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    auto total = descent::Variable::scalar(0);
    for (const auto& parameter : context.parameters(player)) total = total + sum(abs(parameter));
    out.set("l1", total);
  }
};

}  // namespace

DESCENT_LOSS(L1, "l1", "sum of the absolute parameter values (Tibshirani, 1996)");

#include <descent/plugin/loss.hpp>

namespace {

/// Consensus optimization: adds L = ½·‖v‖² to every player's objective, v being the gradients that the
/// players' other losses give, all players' side by side. With `weight: γ` each update moves along v + γ∇L,
/// so that equilibria attract that gradient steps circle around. Mescheder, Nowozin and Geiger, The Numerics
/// of GANs, 2017, section 4. The paper's players move simultaneously.
class Consensus final : public descent::Loss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"consensus"}};
  }

  void evaluate(std::string_view, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    auto squared_norm = descent::Variable::scalar(0);
    for (const std::string& player : context.players())
      for (const auto& gradient :
           grad(context.objective(player), context.parameters(player), {.create_graph = true}))
        squared_norm = squared_norm + sum(square(gradient));
    out.set("consensus", squared_norm * 0.5);
  }
};

}  // namespace

DESCENT_LOSS(Consensus, "consensus",
             "½·‖v‖², v being all players' gradients: with weight γ updates go along v + γ∇½‖v‖² (Mescheder "
             "et al., 2017)");

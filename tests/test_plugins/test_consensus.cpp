#include <descent/plugin/loss.hpp>

namespace {

/// Adds to every player's objective half the squared length of the game's gradient field. Mescheder et al.,
/// The Numerics of GANs, 2017, section 3.
class Consensus final : public descent::Loss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"field"}};
  }
  void evaluate(std::string_view, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    descent::Variable field = descent::Variable::scalar(0);
    for (const std::string& player : context.players()) {
      const auto gradients =
          grad(context.objective(player), context.parameters(player), {.create_graph = true});
      for (const descent::Variable& gradient : gradients) field = field + sum(square(gradient));
    }
    out.set("field", 0.5 * field);
  }
};

}  // namespace

DESCENT_LOSS(Consensus, "test_consensus", "consensus optimization, for tests")

#include <descent/plugin/loss.hpp>

namespace {

/// Player `player` minimizes its objective with the group `opponent_group` one gradient step of `opponent`
/// ahead: the term is the difference to the objective as it stands. Metz et al., Unrolled Generative
/// Adversarial Networks, 2017, equation 6, one step.
class Unrolled final : public descent::Loss {
 public:
  static void options(descent::OptionSpec<Unrolled>& o) {
    o.text("player", &Unrolled::player_, "minimizer").doc("who looks ahead");
    o.text("opponent", &Unrolled::opponent_, "maximizer").doc("whose step is foreseen");
    o.text("opponent_group", &Unrolled::opponent_group_, "y").doc("what that step moves");
    o.number("rate", &Unrolled::rate_, 0.1).positive().doc("of the foreseen step");
  }
  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    return player == player_ ? std::vector<descent::TermSpec>{{"foresight"}}
                             : std::vector<descent::TermSpec>{};
  }
  void evaluate(std::string_view player, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    if (player != player_) return;
    const auto before = context.parameters(opponent_);
    const auto gradients = grad(context.objective(opponent_), before, {.create_graph = true});
    std::vector<descent::Variable> after;
    for (std::size_t i = 0; i < gradients.size(); ++i) after.push_back(before[i] - rate_ * gradients[i]);
    const descent::Variable now = context.objective(player);
    const auto guard = context.substitute(opponent_group_, after);
    out.set("foresight", context.objective(player) - now);
  }

 private:
  std::string player_, opponent_, opponent_group_;
  double rate_ = 0;
};

}  // namespace

DESCENT_LOSS(Unrolled, "test_unrolled", "an opponent one step ahead, for tests")

#include <algorithm>
#include <descent/plugin/loss.hpp>

namespace {

/// A player minimizes its objective where its opponent would be after some gradient steps, through which the gradient goes.
/// The term is the difference to the objective as it stands: with `weight: w` the sum of the losses is 1 − w of that and w of
/// the unrolled one, the paper's. Metz et al., Unrolled Generative Adversarial Networks, 2017, equations 4 to 6.
class Unrolled final : public descent::Loss {
 public:
  static void options(descent::OptionSpec<Unrolled>& o) {
    o.integer("steps", &Unrolled::steps, 5)
        .at_least(1)
        .doc(
            "how many of the opponent's steps are foreseen; the item's `weight` w mixes 1 − w of the plain "
            "objective with w of the unrolled one")
        .contrast(1);
    o.schedule("learning_rate", &Unrolled::learning_rate, 0.01).above(0).doc("of these gradient steps");
    o.text("player", &Unrolled::player, "generator").doc("who looks ahead");
    o.text("opponent", &Unrolled::opponent, "discriminator")
        .doc("whose steps are foreseen, moving the group of that name");
  }
  void check(const descent::Model&, const descent::Registrar& registrar) const override {
    const auto groups = registrar.groups();
    if (std::find(groups.begin(), groups.end(), opponent) == groups.end())
      throw descent::Error("unrolled foresees the steps of '" + opponent +
                           "', but no group of parameters has that name; say another 'opponent'");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{player}, {opponent}};
  }
  std::vector<descent::TermSpec> declares(std::string_view name, const descent::Model&) const override {
    return name == player ? std::vector<descent::TermSpec>{{"foresight"}} : std::vector<descent::TermSpec>{};
  }

  void evaluate(std::string_view name, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    if (name != player) return;
    const auto now = context.objective(player);
    const auto start = context.parameters(opponent);
    descent::Variables ahead(start.begin(), start.end());
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto there = context.substitute(opponent, ahead);
      const auto slopes = grad(context.objective(opponent), ahead, {.create_graph = true});
      for (std::size_t i = 0; i < ahead.size(); ++i) ahead[i] = ahead[i] - slopes[i] * context(learning_rate);
    }
    const auto there = context.substitute(opponent, ahead);
    out.set("foresight", context.objective(player) - now);
  }

 private:
  std::int64_t steps;
  descent::Schedule learning_rate;
  std::string player, opponent;
};

}  // namespace

DESCENT_LOSS(Unrolled, "unrolled", "a player foresees its opponent's steps (Metz et al., 2017)");

#include <descent/plugin/loss.hpp>

namespace {

enum class Mistake {
  none,
  undeclared,
  unset,
  twice,
  two_owners,
  no_owner,
  no_group,
  called_plugin,
  called_nothing,
  called_twice
};

/// Half the squared length of every vector of a point, for players that are called after each other's group:
/// player `y` owns the group `x` and the other way round. Plays wrong where it is told to.
class MistakenGame final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<MistakenGame>& o) {
    o.choice("mistake", &MistakenGame::mistake, "none",
             {{"none", Mistake::none},
              {"undeclared", Mistake::undeclared},
              {"unset", Mistake::unset},
              {"twice", Mistake::twice},
              {"two_owners", Mistake::two_owners},
              {"no_owner", Mistake::no_owner},
              {"no_group", Mistake::no_group},
              {"called_plugin", Mistake::called_plugin},
              {"called_nothing", Mistake::called_nothing},
              {"called_twice", Mistake::called_twice}})
        .doc("what goes wrong");
    o.integer("from", &MistakenGame::from, 0)
        .at_least(0)
        .doc("the first step at which terms are set wrongly");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    if (mistake == Mistake::two_owners) return {{"x", {"x"}}, {"y", {"x", "y"}}};
    if (mistake == Mistake::no_owner) return {{"x", {"x"}}};
    if (mistake == Mistake::no_group) return {{"x", {"x"}}, {"y", {"y", "zz"}}};
    if (mistake == Mistake::called_plugin) return {{"plugin", {"x"}}, {"x", {"y"}}};
    if (mistake == Mistake::called_nothing) return {{"", {"x"}}, {"x", {"y"}}};
    if (mistake == Mistake::called_twice) return {{"y", {"x"}}, {"y", {"y"}}};
    return {{"y", {"x"}}, {"x", {"y"}}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"energy"}};
  }
  void evaluate(std::string_view player, descent::Point& model, const descent::Batch&,
                descent::Context& context, descent::Terms& out) const override {
    const Mistake now = context.step() < from ? Mistake::none : mistake;
    if (now == Mistake::unset) return;
    const descent::Variable& own = model.vectors().at(player == "y" ? 0 : 1)->variable;
    out.set(now == Mistake::undeclared ? "enrgy" : "energy", 0.5 * sum(square(own)));
    if (now == Mistake::twice) out.set("energy", sum(own));
  }

 private:
  Mistake mistake = Mistake::none;
  std::int64_t from = 0;
};

}  // namespace

DESCENT_LOSS(MistakenGame, "test_mistaken_game", "a game with a mistake, for tests")

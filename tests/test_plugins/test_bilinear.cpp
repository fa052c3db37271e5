#include <descent/plugin/loss.hpp>

namespace {

/// The game min over x, max over y of x·y: players `x` and `y` on a point of two groups.
class Bilinear final : public descent::LossOn<descent::Point> {
 public:
  std::vector<descent::Player> players(const descent::Model& model,
                                       const std::vector<std::string>&) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    return {{"minimizer", {vectors.at(0)->group}}, {"maximizer", {vectors.at(1)->group}}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"product"}, {"size", false}};
  }
  void evaluate(std::string_view player, descent::Point& model, const descent::Batch&, descent::Context&,
                descent::Terms& out) const override {
    const descent::Variable &x = model.vectors()[0]->variable, &y = model.vectors()[1]->variable;
    out.set("product", player == "minimizer" ? sum(x * y) : -sum(x * y));
    out.set("size", out.observed() ? sum(square(x)) + sum(square(y)) : descent::Variable::scalar(0));
  }
};

}  // namespace

DESCENT_LOSS(Bilinear, "test_bilinear", "a bilinear game, for tests")

#include <descent/plugin/loss.hpp>

namespace {

/// curvature / 2 · |v|², summed over every vector v of a point; one player.
class Quadratic final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Quadratic>& o) {
    o.schedule("curvature", &Quadratic::curvature, 1.0).at_least(0).doc("the second derivative");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"energy"}};
  }
  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    descent::Variable energy = descent::Variable::scalar(0);
    for (const descent::Parameter* vector : model.vectors()) energy = energy + sum(square(vector->variable));
    out.set("energy", 0.5 * energy, context(curvature));
  }

 private:
  descent::Schedule curvature;
};

}  // namespace

DESCENT_LOSS(Quadratic, "test_quadratic", "a quadratic bowl, for tests")

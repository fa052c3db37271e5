#include <descent/plugin/loss.hpp>

namespace {

/// ½·Σ cᵢ·(xᵢ − sᵢ)²: the sphere by default, as ill-conditioned as its curvatures are apart.
class Quadratic final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Quadratic>& o) {
    o.numbers("curvature", &Quadratic::curvature, {1.0})
        .doc("c: one number for each dimension, or one for all");
    o.numbers("optimum", &Quadratic::optimum, {0.0}).doc("s: one number for each dimension, or one for all");
  }
  void check(const descent::Model& model) const override {
    const auto size =
        static_cast<std::size_t>(descent::role<descent::Point>(model).vectors()[0]->shape.size());
    for (const auto* numbers : {&curvature, &optimum})
      if (numbers->size() != 1 && numbers->size() != size)
        throw descent::Error(
            "quadratic's 'curvature' and 'optimum' have one number, or one for each dimension of the point");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& groups) const override {
    return descent::single_player("point", groups);
  }
  std::vector<descent::TermSpec> declares(std::string_view) const override { return {{"quadratic"}}; }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context&,
                descent::Terms& out) const override {
    const auto& x = model.vectors()[0]->variable;  // (n)
    out.set("quadratic", sum(of(curvature) * square(x - of(optimum))) * 0.5);
  }

 private:
  static descent::Variable of(const std::vector<double>& numbers) {
    return descent::Tensor::of({static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  std::vector<double> curvature, optimum;
};

}  // namespace

DESCENT_LOSS(Quadratic, "quadratic", "a separable quadratic bowl");

#include <cmath>
#include <descent/plugin/loss.hpp>

namespace {

/// ½·Σ cᵢ·κ^((i−1)/(n−1))·(xᵢ − sᵢ)²: the sphere by default, as ill-conditioned as its curvatures are apart.
/// With one `curvature` c for all, `condition` κ spreads the Hessian's eigenvalues from c to κ·c, evenly in
/// the logarithm.
class Quadratic final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Quadratic>& o) {
    o.numbers("curvature", &Quadratic::curvature, {1.0})
        .doc("c: one number for each dimension, or one for all");
    o.number("condition", &Quadratic::condition, 1.0)
        .positive()
        .doc("κ: the last dimension's curvature is so many times the first one's")
        .contrast(100.0);
    o.numbers("optimum", &Quadratic::optimum, {0.0}).doc("s: one number for each dimension, or one for all");
  }
  void check(const descent::Model& model, const descent::Registrar&) const override {
    const auto size =
        static_cast<std::size_t>(only_vector(descent::role<descent::Point>(model), "quadratic").shape.size());
    for (const auto* numbers : {&curvature, &optimum})
      if (numbers->size() != 1 && numbers->size() != size)
        throw descent::Error(
            "quadratic's 'curvature' and 'optimum' have one number, or one for each dimension of the point");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"quadratic"}};
  }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context&,
                descent::Terms& out) const override {
    const auto& x = model.vectors()[0]->variable;  // (n)
    out.set("quadratic", sum(spread(x.shape()[0]) * square(x - of(optimum))) * 0.5);
  }

 private:
  static descent::Variable of(const std::vector<double>& numbers) {
    return descent::Tensor::of({static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  // (n): the eigenvalues of the Hessian
  descent::Tensor spread(std::int64_t n) const {
    auto eigenvalues = descent::Tensor::empty({n});
    for (std::int64_t i = 0; i < n; ++i) {
      const double c = curvature[curvature.size() == 1 ? 0 : static_cast<std::size_t>(i)];
      const double along = n == 1 ? 0 : static_cast<double>(i) / static_cast<double>(n - 1);
      eigenvalues.data()[i] = static_cast<descent::Scalar>(c * std::pow(condition, along));
    }
    return eigenvalues;
  }
  std::vector<double> curvature, optimum;
  double condition;
};

}  // namespace

DESCENT_LOSS(Quadratic, "quadratic", "a separable quadratic bowl");

#include <descent/plugin/loss.hpp>

namespace {

/// Σ (a − xᵢ)² + b·(xᵢ₊₁ − xᵢ²)² over i = 1 … n−1: 0 at (a, a²) in the plane, and at (1, …, 1) in any
/// dimension for a = 1. Usually started at (−1.2, 1). From four dimensions on there is a second, local
/// minimum near (−1, 1, …, 1): Shang and Qiu, A Note on the Extended Rosenbrock Function, 2006. Rosenbrock,
/// An Automatic Method for Finding the Greatest or Least Value of a Function, 1960.
class Rosenbrock final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Rosenbrock>& o) {
    o.number("a", &Rosenbrock::a, 1.0).doc("where the valley ends").contrast(2.0);
    o.number("b", &Rosenbrock::b, 100.0).positive().doc("steepness of the valley's walls").contrast(10.0);
  }
  void check(const descent::Model& model, const descent::Registrar&) const override {
    if (only_vector(descent::role<descent::Point>(model), "rosenbrock").shape.size() < 2)
      throw descent::Error("rosenbrock needs a point of at least two dimensions");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"rosenbrock"}};
  }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context&,
                descent::Terms& out) const override {
    const auto& point = model.vectors()[0]->variable;  // (n)
    const std::int64_t n = point.shape()[0];
    const auto x = slice_batch(point, 0, n - 1), next = slice_batch(point, 1, n);
    out.set("rosenbrock", sum(square(a - x) + b * square(next - square(x))));
  }

 private:
  double a, b;
};

}  // namespace

DESCENT_LOSS(Rosenbrock, "rosenbrock", "the curved valley (Rosenbrock, 1960), in any dimension");

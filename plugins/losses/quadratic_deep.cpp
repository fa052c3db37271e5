#include <cmath>
#include <descent/plugin/loss.hpp>
#include <numeric>

#include "../datasets/support/legacy_numpy_random.hpp"

namespace {

/// ½(θ − x)ᵀQ(θ − x) for each example x of the data set of the same name, in 100 dimensions: of Q's
/// eigenvalues 90 come from U(0, 1) and 10 from U(30, 60), as those of deep networks do (Chaudhari et al.,
/// Entropy-SGD, 2017), and its eigenvectors are a random rotation, all drawn by numpy from the seed 42. θ
/// starts at ones: `model: {plugin: point, start: [1.0], repeat: 100}`. The expected loss is minimal near 0,
/// where it is 0.18·tr Q. Schneider, Balles and Hennig, DeepOBS: A Deep Learning Optimizer Benchmark Suite,
/// 2019.
class QuadraticDeep final : public descent::LossOn<descent::Point> {
 public:
  void check(const descent::Model& model) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    if (vectors.size() != 1 || vectors[0]->shape.size() != n)
      throw descent::Error(
          "quadratic_deep has 100 dimensions; start the point with {start: [1.0], repeat: 100}");
  }
  void build(const descent::Fields& fields, descent::Registrar&) override {
    if (find_field(fields, "point").shape.size() != n)
      throw descent::Error(
          "quadratic_deep needs examples of 100 dimensions: those of dataset quadratic_deep");
    descent::LegacyNumpyRandom random(42);
    std::vector<double> eigenvalues;
    for (std::size_t i = 0; i < n; ++i)
      eigenvalues.push_back(i < 90 ? random.uniform() : random.uniform(30, 60));
    const std::vector<double> rotation = random_rotation(random);
    std::vector<double> entries(n * n);
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          entries[i * n + j] += rotation[k * n + i] * eigenvalues[k] * rotation[k * n + j];
    hessian = descent::Tensor::of({n, n}, entries);
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& groups) const override {
    return descent::single_player("point", groups);
  }
  std::vector<descent::TermSpec> declares(std::string_view) const override { return {{"quadratic_deep"}}; }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch& batch, descent::Context&,
                descent::Terms& out) const override {
    const auto away = model.vectors()[0]->variable - batch["point"];  // (batch, n)
    out.set("quadratic_deep", sum_features(away * matmul(away, hessian)) * 0.5);
  }

 private:
  static constexpr std::size_t n = 100;

  /// A rotation from Haar's measure, (n, n) row by row: a random rotation of the last k − 1 axes is followed
  /// by a reflection that takes the first axis to a random direction, for k = 3 … n. Diaconis and
  /// Shahshahani, The Subgroup Algorithm for Generating Uniform Random Variables, 1987. (Without its last
  /// step, the change of sign that makes the determinant 1: RᵀDR is the same.)
  static std::vector<double> random_rotation(descent::LegacyNumpyRandom& random) {
    const double angle = 2 * M_PI * random.uniform();
    std::vector<double> rotation(n * n);
    const auto at = [&](std::size_t row, std::size_t column) -> double& {
      return rotation[row * n + column];
    };
    at(n - 2, n - 2) = at(n - 1, n - 1) = std::cos(angle);
    at(n - 2, n - 1) = std::sin(angle);
    at(n - 1, n - 2) = -std::sin(angle);
    for (std::size_t first = n - 3; first < n; --first) {  // wraps around below 0
      at(first, first) = 1;
      const std::vector<double> mirror = random_mirror(n - first, random);
      for (std::size_t column = first; column < n; ++column) {
        double along = 0;
        for (std::size_t row = first; row < n; ++row) along += mirror[row - first] * at(row, column);
        for (std::size_t row = first; row < n; ++row) at(row, column) -= 2 * along * mirror[row - first];
      }
    }
    return rotation;
  }

  /// The unit normal of the reflection that takes the first of k axes to a direction from the sphere.
  static std::vector<double> random_mirror(std::size_t k, descent::LegacyNumpyRandom& random) {
    std::vector<double> v(k);
    for (double& x : v) x = random.normal();
    const auto divide_by = [&](double length) {
      for (double& x : v) x /= length;
    };
    const auto norm = [&] { return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0)); };
    divide_by(-norm());
    v[0] += 1;
    divide_by(norm());
    return v;
  }

  descent::Tensor hessian;
};

}  // namespace

DESCENT_LOSS(QuadraticDeep, "quadratic_deep", "DeepOBS's noisy quadratic (Schneider et al., 2019)");

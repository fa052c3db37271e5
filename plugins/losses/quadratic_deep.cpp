#include <descent/plugin/loss.hpp>

#include "../datasets/support/legacy_numpy_random.hpp"
#include "support/random_rotation.hpp"

namespace {

/// ½(θ − x)ᵀQ(θ − x) for each example x of the data set of the same name, in 100 dimensions: of Q's
/// eigenvalues 90 come from U(0, 1) and 10 from U(30, 60), as those of deep networks do (Chaudhari et al.,
/// Entropy-SGD, 2017), and its eigenvectors are a random rotation, all drawn by numpy from the seed 42. θ
/// starts at ones: `model: {plugin: point, start: [1.0], repeat: 100}`. The expected loss is minimal near 0,
/// where it is 0.18·tr Q. Schneider, Balles and Hennig, DeepOBS: A Deep Learning Optimizer Benchmark Suite,
/// 2019.
class QuadraticDeep final : public descent::LossOn<descent::Point> {
 public:
  void check(const descent::Model& model, const descent::Registrar&) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    if (vectors.size() != 1 || vectors[0]->shape.size() != n)
      throw descent::Error(
          "quadratic_deep has 100 dimensions; start the point with {start: [1.0], repeat: 100}");
  }
  void build(const descent::Model&, const descent::Fields& fields, descent::Registrar&) override {
    if (find_field(fields, "point").shape.size() != n)
      throw descent::Error(
          "quadratic_deep needs examples of 100 dimensions: those of dataset quadratic_deep");
    descent::LegacyNumpyRandom random(42);
    std::vector<double> eigenvalues;
    for (std::size_t i = 0; i < n; ++i)
      eigenvalues.push_back(i < 90 ? random.uniform() : random.uniform(30, 60));
    const std::vector<double> rotation = descent::random_rotation(n, random);
    std::vector<double> entries(n * n);
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          entries[i * n + j] += rotation[k * n + i] * eigenvalues[k] * rotation[k * n + j];
    hessian = descent::Tensor::of({n, n}, entries);
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"quadratic_deep"}};
  }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch& batch, descent::Context&,
                descent::Terms& out) const override {
    const auto away = model.vectors()[0]->variable - batch["point"];  // (batch, n)
    out.set("quadratic_deep", sum_features(away * matmul(away, hessian)) * 0.5);
  }

 private:
  static constexpr std::size_t n = 100;

  descent::Tensor hessian;
};

}  // namespace

DESCENT_LOSS(QuadraticDeep, "quadratic_deep", "DeepOBS's noisy quadratic (Schneider et al., 2019)");

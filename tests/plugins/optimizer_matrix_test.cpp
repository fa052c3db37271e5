#include <Eigen/Eigenvalues>
#include <catch2/catch.hpp>
#include <cmath>

#include "descent/chain/chain_runner.hpp"
#include "support/experiment_text.hpp"

// The rules on whole matrices, each against what their papers' formulas give when computed in another way.

using namespace descent;
using namespace descent::testing;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace {

constexpr double rounding = sizeof(Scalar) == 8 ? 1e-9 : 2e-4;

/// One matrix of parameters, moved by a chain.
class MatrixChain {
 public:
  MatrixChain(const std::string& optimizer, std::int64_t rows, std::int64_t columns)
      : experiment_(experiment_of(
            "{name: matrix, model: point, loss: quadratic, trainer: {steps: 1}, optimizer: " + optimizer +
            "}")),
        chains_(experiment_.optimizer, diagnostics_),
        arena_({&registrar_.parameter("layer", "weight", {rows, columns}, initialize::constant(0))}),
        units_(chains_.cover("player", arena_, diagnostics_)),
        runner_(arena_, units_, 1) {
    diagnostics_.throw_if_any();
    for (const auto& [name, schedule] : chains_.schedules()) schedule->evaluate(1);
  }
  /// What the chain makes of this gradient.
  Matrix update(const Matrix& gradient) {
    Tensor view = arena_.gradient_views()[0];
    for (std::int64_t i = 0; i < view.size(); ++i) view.data()[i] = static_cast<Scalar>(gradient.data()[i]);
    CHECK(runner_.update(++step_, 0, {}) == nullptr);
    const auto numbers = view.to_doubles();
    return Eigen::Map<const Matrix>(numbers.data(), gradient.rows(), gradient.cols());
  }

 private:
  experiment::Experiment experiment_;
  Diagnostics diagnostics_;
  chain::ChainTable chains_;
  Registrar registrar_;
  chain::Arena arena_;
  std::vector<chain::ChainUnit> units_;
  chain::ChainRunner runner_;
  std::int64_t step_ = 0;
};

Matrix random_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t key) {
  std::vector<Scalar> numbers(static_cast<std::size_t>(padded(rows * columns)));
  RandomStream(key, 0).normal(numbers.data(), rows * columns);
  Matrix matrix(rows, columns);
  for (std::int64_t i = 0; i < rows * columns; ++i) matrix.data()[i] = numbers[static_cast<std::size_t>(i)];
  return matrix;
}

// Eigen's product of expressions takes the compiler a second for each pair of their types.
Matrix product(const Matrix& a, const Matrix& b) {
  return a.lazyProduct(b);
}

Matrix transpose(const Matrix& a) {
  return a.transpose();
}

/// V·f(Λ)·Vᵀ of a symmetric matrix V·Λ·Vᵀ.
template <class Function>
Matrix of_eigenvalues(const Matrix& a, Function&& function) {
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(a);
  Matrix scaled = eigen.eigenvectors();
  for (std::int64_t k = 0; k < a.rows(); ++k) scaled.col(k) *= function(eigen.eigenvalues()[k]);
  return product(scaled, transpose(eigen.eigenvectors()));
}

// U·f(Σ)·Vᵀ, where f is five times 3.4445·s − 4.775·s³ + 2.0315·s⁵ of the singular values over their norm:
// what it makes of a singular value is a factor that depends on the value's square alone, an eigenvalue of
// X·Xᵀ.
Matrix orthogonalized(const Matrix& x) {
  const Matrix normalized = x / (x.norm() + 1e-7);
  const auto factor = [](double square) {
    double all = 1;
    for (int i = 0; i < 5; ++i) {
      const double change = 3.4445 - 4.7750 * square + 2.0315 * square * square;
      all *= change;
      square *= change * change;
    }
    return all;
  };
  return product(of_eigenvalues(product(normalized, transpose(normalized)), factor), normalized);
}

Matrix inverse_fourth_root(const Matrix& a) {
  return of_eigenvalues(a, [](double value) { return std::pow(value, -0.25); });
}

}  // namespace

TEST_CASE("muon takes the polynomial of the singular values of momentum that looks ahead") {
  for (const auto& [rows, columns] : {std::pair{4, 4}, {3, 7}, {9, 2}, {1, 5}, {40, 24}}) {
    CAPTURE(rows, columns);
    MatrixChain chain("{plugin: muon, learning_rate: 0.1}", rows, columns);
    Matrix momentum = Matrix::Zero(rows, columns);
    for (std::uint64_t t = 1; t <= 3; ++t) {
      const Matrix gradient = random_matrix(rows, columns, t);
      momentum = 0.95 * momentum + gradient;
      const double scale = std::sqrt(std::max(1.0, static_cast<double>(columns) / rows));
      const Matrix expected = 0.1 * scale * orthogonalized(gradient + 0.95 * momentum);
      CHECK((chain.update(gradient) - expected).cwiseAbs().maxCoeff() < rounding);
    }
  }
}

TEST_CASE("muon of a zero gradient is zero") {
  MatrixChain chain("muon", 3, 5);
  CHECK(chain.update(Matrix::Zero(3, 5)).isZero(0));
}

TEST_CASE("shampoo multiplies by the inverse fourth roots of both statistics") {
  const std::string epsilon = GENERATE("1.0e-4", "0.1");
  for (const auto& [rows, columns] : {std::pair{4, 4}, {3, 7}, {9, 2}, {40, 24}}) {
    CAPTURE(rows, columns);
    MatrixChain chain("{plugin: shampoo, learning_rate: 0.1, epsilon: " + epsilon + "}", rows, columns);
    Matrix left = std::stod(epsilon) * Matrix::Identity(rows, rows),
           right = std::stod(epsilon) * Matrix::Identity(columns, columns);
    for (std::uint64_t t = 1; t <= 3; ++t) {
      const Matrix gradient = random_matrix(rows, columns, t);
      left += product(gradient, transpose(gradient));
      right += product(transpose(gradient), gradient);
      const Matrix expected =
          0.1 * product(product(inverse_fourth_root(left), gradient), inverse_fourth_root(right));
      CHECK((chain.update(gradient) - expected).cwiseAbs().maxCoeff() < rounding);
    }
  }
}

TEST_CASE("shampoo keeps its roots between the updates that compute them") {
  MatrixChain chain("{plugin: shampoo, learning_rate: 1, root_every: 2}", 3, 3);
  const Matrix first = random_matrix(3, 3, 1), second = random_matrix(3, 3, 2);
  const Matrix identity = 1e-4 * Matrix::Identity(3, 3);
  const Matrix left = inverse_fourth_root(identity + product(first, transpose(first))),
               right = inverse_fourth_root(identity + product(transpose(first), first));
  chain.update(first);
  CHECK((chain.update(second) - product(product(left, second), right)).cwiseAbs().maxCoeff() < 50 * rounding);
}

TEST_CASE("what is no matrix goes to the fallback of a rule on matrices") {
  for (const std::string rule : {"muon", "shampoo"}) {
    CHECK_THAT(error_of([&] {
                 training_of("{name: x, model: point, loss: quadratic, trainer: {steps: 1}, optimizer: " +
                             rule + "}");
               }),
               Catch::Matchers::Contains("fallback"));
    auto training = training_of(
        "{name: x, model: {plugin: point, start: [3, 4]}, loss: quadratic, trainer: {steps: 1}, "
        "optimizer: {plugin: " +
        rule + ", fallback: {plugin: sgd, learning_rate: 0.5}}}");
    play(*training, 1);
    CHECK(parameter(*training, "point.value") == std::vector<double>{1.5, 2});
  }
}

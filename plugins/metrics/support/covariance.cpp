#include "covariance.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <limits>

#include "descent/base/error.hpp"
#include "distances.hpp"

namespace descent {

namespace {

using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

Solver decomposed(const Eigen::MatrixXd& symmetric, int what) {
  Solver solver(symmetric, what);
  if (solver.info() != Eigen::Success) throw RunError("the eigenvalues of a matrix were not found");
  return solver;
}

std::int64_t null_directions(const Eigen::VectorXd& eigenvalues) {
  const double least = static_cast<double>(eigenvalues.size()) * std::numeric_limits<double>::epsilon() *
                       std::max(eigenvalues.maxCoeff(), 0.0);
  return (eigenvalues.array() <= least).count();
}

}  // namespace

Moments::Moments(const Tensor& rows) : mean(rows.columns()) {
  const std::vector<double> center = mean_of_rows(rows);
  mean = Eigen::Map<const Eigen::VectorXd>(center.data(), rows.columns());
  covariance = Eigen::MatrixXd::Zero(rows.columns(), rows.columns());
  constexpr std::int64_t block = 512;  // rows in double at a time
  for (std::int64_t begin = 0; begin < rows.rows(); begin += block) {
    const std::int64_t count = std::min(block, rows.rows() - begin);
    const Eigen::Map<const Matrix> part(rows.data() + begin * rows.columns(), count, rows.columns());
    const Eigen::MatrixXd centered = part.cast<double>().rowwise() - mean.transpose();
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(centered.transpose());
  }
  covariance =
      Eigen::MatrixXd(covariance.selfadjointView<Eigen::Lower>()) / static_cast<double>(rows.rows() - 1);
}

Eigen::VectorXd eigenvalues_of(const Eigen::MatrixXd& symmetric) {
  return decomposed(symmetric, Eigen::EigenvaluesOnly).eigenvalues().cwiseMax(0);
}

FrechetDistance frechet_distance(const Moments& a, const Moments& b) {
  const Solver of_a = decomposed(a.covariance, Eigen::ComputeEigenvectors);
  const Eigen::MatrixXd root = of_a.eigenvectors() * of_a.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal() *
                               of_a.eigenvectors().transpose();
  const Eigen::MatrixXd product = root * b.covariance * root;
  const double cross = eigenvalues_of((product + product.transpose()) / 2).cwiseSqrt().sum();
  const double squared =
      (a.mean - b.mean).squaredNorm() + a.covariance.trace() + b.covariance.trace() - 2 * cross;
  return {squared,
          std::max(null_directions(of_a.eigenvalues()), null_directions(eigenvalues_of(b.covariance)))};
}

}  // namespace descent

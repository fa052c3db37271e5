#include "diversity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "covariance.hpp"

namespace descent {

namespace {

Eigen::MatrixXd in_double(const Tensor& x) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const Matrix>(x.data(), x.rows(), x.columns()).cast<double>();
}

// Of a matrix K of n similarities in double, or of one with the same eigenvalues that are not 0.
Eigen::VectorXd shares_of(const Eigen::MatrixXd& similarities, std::int64_t n) {
  Eigen::VectorXd shares = eigenvalues_of(similarities / static_cast<double>(n));
  // Eigenvalues are off by about this, times the largest.
  const double noise = static_cast<double>(n) * std::numeric_limits<double>::epsilon() * shares.maxCoeff();
  return (shares.array() > noise).select(shares, 0);
}

}  // namespace

Eigen::VectorXd cosine_shares(const Tensor& samples) {
  Eigen::MatrixXd x = in_double(samples);
  Eigen::VectorXd zero = Eigen::VectorXd::Zero(x.rows());
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    const double length = x.row(row).norm();
    if (length > 0)
      x.row(row) /= length;
    else
      zero[row] = 1;
  }
  // Samples of zeros get a direction of their own.
  if (zero.any()) {
    x.conservativeResize(Eigen::NoChange, x.cols() + 1);
    x.rightCols(1) = zero;
  }
  // XᵀX has the eigenvalues of XXᵀ that are not 0, in fewer rows where there are more samples than numbers.
  return shares_of(
      x.rows() > x.cols() ? Eigen::MatrixXd(x.transpose() * x) : Eigen::MatrixXd(x * x.transpose()),
      samples.rows());
}

Eigen::VectorXd rbf_shares(const Tensor& samples, double bandwidth) {
  const Eigen::MatrixXd x = in_double(samples).transpose();  // a sample's numbers side by side
  Eigen::MatrixXd similar(x.cols(), x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      similar(i, j) = similar(j, i) =
          std::exp(-(x.col(i) - x.col(j)).squaredNorm() / (2 * bandwidth * bandwidth));
  return shares_of(similar, samples.rows());
}

double effective_number(const Eigen::VectorXd& shares, double order) {
  const double largest = shares.maxCoeff();
  const auto count = static_cast<double>((shares.array() > 0).count());
  double sum = 0, entropy = 0;
  // Near 1 the sum is almost 1 itself: Σ p^order − 1 is Σ p·(p^(order − 1) − 1).
  const bool near_one = std::abs(order - 1) < 0.01;
  for (const double p : shares) {
    if (p <= 0) continue;
    if (order == 1)
      entropy -= p * std::log(p);
    else if (near_one)
      sum += p * std::expm1((order - 1) * std::log(p));
    else
      sum += std::pow(p / largest, order);
  }
  if (order != 1)
    entropy = (near_one ? std::log1p(sum) : order * std::log(largest) + std::log(sum)) / (1 - order);
  return std::clamp(std::exp(entropy), 1.0, count);
}

}  // namespace descent

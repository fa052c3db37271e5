#pragma once

#include <Eigen/Core>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// The mean (d) and the covariance (d, d), divided by n − 1, of rows (n, d), n at least 2; in double.
struct Moments {
  explicit Moments(const Tensor& rows);
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

struct FrechetDistance {
  double squared;  ///< ‖m₁ − m₂‖² + tr(C₁ + C₂ − 2·(C₁·C₂)^½)
  std::int64_t
      directions;  ///< that have no variance in one of the two, by rounding: covariances are singular where there are any
};
/// The squared Wasserstein distance between two normal distributions. Dowson and Landau, The Fréchet Distance between Multivariate
/// Normal Distributions, 1982. The trace of (C₁·C₂)^½ is that of (C₁^½·C₂·C₁^½)^½, which is symmetric and has a root
/// where covariances are singular too; eigenvalues below zero by rounding count as 0.
FrechetDistance frechet_distance(const Moments& a, const Moments& b);

/// The eigenvalues of a symmetric matrix, in ascending order, those below zero by rounding as 0.
Eigen::VectorXd eigenvalues_of(const Eigen::MatrixXd& symmetric);

}  // namespace descent

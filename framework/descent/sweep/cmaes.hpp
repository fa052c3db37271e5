#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/random.hpp"

namespace descent::sweep {

/// The strategy parameters of CMA-ES: Hansen, The CMA Evolution Strategy: A Tutorial, arXiv 1604.00772, 2016/2023,
/// table 1 (equations 49 to 58), for n dimensions and λ points in a generation.
struct CmaEsParameters {
  DESCENT_API CmaEsParameters(std::int64_t n_dimensions, std::int64_t n_points);

  std::int64_t dimensions, population, parents;
  Eigen::VectorXd
      weights;  ///< (λ), of the best point first; the parents' add up to 1, the others are negative
  double mu_eff = 0;
  double c_sigma = 0, d_sigma = 0;    ///< step size: cumulation and damping
  double c_c = 0, c_1 = 0, c_mu = 0;  ///< covariance: cumulation, rank-one and rank-μ update
  double expected_norm = 0;           ///< E‖N(0, I)‖ ≈ √n·(1 − 1/(4n) + 1/(21n²))
};

/// λ = 4 + ⌊3·ln n⌋ (equation 48).
DESCENT_API std::int64_t default_population(std::int64_t dimensions);

/// A search distribution N(m, σ²C) over [0, 1]ⁿ, and its update by ranked points; equations 38 to 47 of the tutorial, with
/// active (negative) weights. Starts in the middle with σ = 0.3, as the tutorial advises where the optimum lies within
/// a known interval.
///
/// A point outside of the bounds is drawn again, 100 times at most; after that its coordinates are moved to the bounds. The
/// Python package cmaes does the same. No coordinate's standard deviation exceeds a third of its range (option
/// `maxstd_boundrange` of pycma): σ could grow without end where the optimum lies in a corner.
///
/// Points are drawn with C's symmetric root, which does not depend on the signs and order of the eigenvectors.
class DESCENT_API CmaEs {
 public:
  CmaEs(std::int64_t dimensions, std::int64_t population);

  /// A point of [0, 1]ⁿ.
  Eigen::VectorXd ask(RandomStream& random) const;
  /// One generation: (n, λ), the best point first.
  void tell(const Eigen::MatrixXd& ranked);

  const CmaEsParameters& parameters() const { return parameters_; }
  const Eigen::VectorXd& mean() const { return mean_; }
  double sigma() const { return sigma_; }
  const Eigen::MatrixXd& covariance() const { return covariance_; }

 private:
  void update_covariance(const Eigen::MatrixXd& steps, const Eigen::MatrixXd& whitened, bool stalls);
  void take_roots();

  CmaEsParameters parameters_;
  Eigen::VectorXd mean_, path_sigma_, path_c_;
  double sigma_ = 0.3;
  Eigen::MatrixXd covariance_, root_, inverse_root_;
  std::int64_t generation_ = 0;
};

}  // namespace descent::sweep

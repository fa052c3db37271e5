#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/base/random.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent::kernels {

/// A mixture of normal distributions with full covariances, fitted to rows: Σ_c w_c·N(μ_c, L_c·L_cᵀ).
struct FittedMixture {
  Tensor weights;             ///< (components), summing to 1
  Tensor means;               ///< (components, size)
  Tensor factors;             ///< (components, size, size): L_c, lower triangular
  double log_likelihood = 0;  ///< the mean over the rows, in nats
  std::int64_t iterations = 0;
  bool converged = false;  ///< the last iteration gained less than 0.001 nats, within 200 of them
};

/// Maximum likelihood by expectation and maximization, in double, from the clusters of k-means (Lloyd 1982), which starts
/// at rows that `random` chooses far from each other (Arthur and Vassilvitskii, k-means++: The Advantages of Careful
/// Seeding, 2007). 1e-6 is added to each variance, so that a component of few rows stays regular. The same rows and random
/// numbers give the same bits. Throws Error where there are fewer different rows than components.
DESCENT_API FittedMixture fit_normal_mixture(const Tensor& rows, std::int64_t components,
                                             RandomStream random);

}  // namespace descent::kernels

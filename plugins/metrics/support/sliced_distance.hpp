#pragma once

#include <vector>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// Distances between the projections of two sets on some directions, one for each direction.
struct SlicedDistances {
  std::vector<double> first;   ///< W1
  std::vector<double> second;  ///< W2²
};

/// The Wasserstein distances between the projections of x (n, d) and y (m, d) on each of the directions (count, d), which have length
/// 1. Bonneel et al., Sliced and Radon Wasserstein Barycenters of Measures, 2015. Where n is not m, the empirical
/// distributions' quantile functions are compared.
SlicedDistances sliced_distances(const Tensor& x, const Tensor& y, const Tensor& directions);

}  // namespace descent

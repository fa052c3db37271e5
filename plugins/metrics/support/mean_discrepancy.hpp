#pragma once

#include <Eigen/Core>
#include <functional>

#include "descent/tensor/tensor.hpp"

namespace descent {

using RowOfNumbers = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

/// A kernel k(x, y) of products or of distances.
struct PairKernel {
  /// Whether it is of ‖x − y‖², or else of x·y.
  bool of_distances;
  /// Turns those into the kernel's values, in place.
  std::function<void(RowOfNumbers&)> apply;
};

/// The squared maximum mean discrepancy between the rows of x (n, d) and y (m, d), n and m at least 2, without bias: the mean of the
/// kernel over pairs of two rows of x, plus that of y, minus twice that over pairs of both. Gretton et al., A Kernel Two-Sample
/// Test, 2012, equation 3.
double unbiased_discrepancy(const Tensor& x, const Tensor& y, const PairKernel& kernel);

}  // namespace descent

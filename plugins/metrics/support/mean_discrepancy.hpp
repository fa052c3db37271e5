#pragma once

#include <cstdint>
#include <vector>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// (x·y/d + 1)^degree of d numbers.
struct PolynomialKernel {
  std::int64_t degree;
};
/// Σ exp(−‖x − y‖²/2s²) over the bandwidths s.
struct RbfKernel {
  std::vector<double> bandwidths;
};

/// The squared maximum mean discrepancy between the rows of x (n, d) and y (m, d), n and m at least 2, without bias: the mean of the
/// kernel over pairs of two rows of x, plus that of y, minus twice that over pairs of both. Gretton et al., A Kernel Two-Sample
/// Test, 2012, equation 3.
double unbiased_discrepancy(const Tensor& x, const Tensor& y, const PolynomialKernel& kernel);
double unbiased_discrepancy(const Tensor& x, const Tensor& y, const RbfKernel& kernel);

}  // namespace descent

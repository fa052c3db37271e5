#pragma once

#include <cmath>
#include <descent/kernels/array.hpp>
#include <descent/kernels/gemm.hpp>
#include <descent/plugin/optimizer.hpp>

/// root = (a + ε·I)^(−1/p) of a symmetric positive semidefinite a (n, n), by the coupled Newton iteration
/// (Iannazzo, On the Newton Method for the Matrix p-th Root, 2006; Anil et al., Scalable Second Order
/// Optimization for Deep Learning, 2020, algorithm I): M = z·a and X = z^(1/p)·I with z = (1 + p)/(2·‖a‖),
/// then N = ((p + 1)·I − M)/p, X ← X·N, M ← Nᵖ·M until M = I, or until rounding keeps it from coming nearer.
/// p is a power of two. Scratch memory: `workspace` 0 to 3 of the block, counted from `first`.
inline void inverse_root(const descent::Tensor& a, double epsilon, int p, const descent::Block& block,
                         std::size_t first, descent::Tensor root) {
  using descent::Scalar, descent::Tensor, descent::Transpose;
  const std::int64_t n = a.rows();
  Tensor m = block.workspace(first, {n, n}), factor = block.workspace(first + 1, {n, n}),
         power = block.workspace(first + 2, {n, n}), product = block.workspace(first + 3, {n, n});
  const auto multiply = [](const Tensor& left, const Tensor& right, Tensor& out) {
    gemm(left, Transpose::no, right, Transpose::no, out);
  };
  const auto add_to_diagonal = [n](Tensor& matrix, double number) {
    for (std::int64_t i = 0; i < n; ++i) matrix.data()[i * n + i] += static_cast<Scalar>(number);
  };
  array(m) = constant_array(a);
  add_to_diagonal(m, epsilon);
  const double z = (1 + p) / (2 * std::sqrt(array(m).square().cast<double>().sum()));
  array(m) *= static_cast<Scalar>(z);
  root.fill(0);
  add_to_diagonal(root, std::pow(z, 1.0 / p));
  double error = std::numeric_limits<double>::infinity();
  for (int iteration = 0; iteration < 100; ++iteration) {
    array(factor) = array(m) * static_cast<Scalar>(-1.0 / p);
    add_to_diagonal(factor, (p + 1.0) / p);
    multiply(root, factor, product);
    for (int q = p; q > 1; q /= 2) {
      multiply(factor, factor, power);
      std::swap(factor, power);
    }
    multiply(factor, m, power);
    std::swap(m, power);
    const double before = std::exchange(error, [&] {
      double greatest = 0;
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          greatest = std::max(greatest, std::abs(static_cast<double>(m.data()[i * n + j]) - (i == j)));
      return greatest;
    }());
    // Far from the end the error may rest for a while; near it, a rise is rounding.
    if (!(error < before) && before < 0.1) return;
    root.copy_from(product);
    if (!(error > 10 * std::numeric_limits<Scalar>::epsilon())) return;
  }
}

#pragma once

#include "descent/nn/distributions.hpp"

namespace descent {

/// One mixture of normal distributions for every row: Σ_c w_c·N(μ_c, diag σ_c²).
class DESCENT_API NormalMixture final : public Distribution {
 public:
  /// Over `shape` (rows, …). Means and log variances (components, …), with as many numbers to a component as to a row;
  /// logits of the weights (components), or undefined: the weights are equal. Throws Error where the sizes differ.
  NormalMixture(const Shape& shape, Variable means, Variable log_variances, Variable logits = {});

  const char* name() const override { return "mixture of normals"; }
  /// Per element: undefined, a mixture does not factorize. Squares are expanded around the mean of the components, so that
  /// the work and the memory are those of two products (rows, size)·(size, components).
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  /// Of a component that is drawn first; gradients flow into its mean and variance, not into the weights.
  Variable sample(Pass& pass, std::string_view stream) const override;
  Variable mean(Pass& pass) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

 private:
  Variable log_weights() const;  // (1, components)

  Shape shape_;
  std::int64_t components_;
  Variable means_, log_variances_;  // (components, size)
  Variable logits_;                 // (components), or undefined
};

/// One mixture of normal distributions with full covariance matrices for every row. Σ_c w_c·N(μ_c, L_c·L_cᵀ).
class DESCENT_API FullNormalMixture final : public Distribution {
 public:
  /// Over (rows, size). Weights (components) that sum to 1, means (components, size), and the lower triangular L_c
  /// (components, size, size) with positive diagonals. Constants.
  FullNormalMixture(std::int64_t rows, Tensor weights, Tensor means, Tensor factors);

  const char* name() const override { return "mixture of normals"; }
  /// Throws std::logic_error: what is drawn from needs no density.
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  Variable sample(Pass& pass, std::string_view stream) const override;
  Variable mean(Pass& pass) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

 private:
  std::int64_t rows_;
  Tensor weights_, means_, factors_;
};

}  // namespace descent

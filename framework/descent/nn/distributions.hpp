#pragma once

#include "descent/autograd/ops.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

/// A normal distribution with diagonal covariance: mean and log variance, both (batch, …).
struct DESCENT_API DiagonalNormal {
  Variable mean;
  Variable log_variance;

  /// mean + σ·ε with ε ~ N(0, 1) from the stream `latent`: (batch, …). Kingma and Welling, Auto-Encoding
  /// Variational Bayes, 2014, equation 10 (the reparameterization).
  Variable sample(Pass& pass) const;
  /// KL(this ‖ N(0, 1)), summed over the features: (batch). Kingma and Welling 2014, appendix B.
  Variable kl_to_standard_normal() const;
  /// −log density of x, summed over the features: (batch).
  Variable negative_log_likelihood(const Variable& x) const;
};

}  // namespace descent

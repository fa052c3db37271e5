#include "descent/nn/distributions.hpp"

namespace descent {

Variable DiagonalNormal::sample(Pass& pass) const {
  return mean + exp(0.5 * log_variance) * pass.normal("latent", mean.shape());
}

Variable DiagonalNormal::kl_to_standard_normal() const {
  return 0.5 * sum_features(square(mean) + exp(log_variance) - log_variance - 1.0);
}

Variable DiagonalNormal::negative_log_likelihood(const Variable& x) const {
  constexpr double log_two_pi = 1.8378770664093454836;
  return 0.5 * sum_features(square(x - mean) * exp(-log_variance) + log_variance + log_two_pi);
}

}  // namespace descent

#pragma once

#include <vector>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// log of the density at each row of x (n, d), in nats, of Gaussians with this standard deviation around the rows of `centers` (m, d),
/// each as likely. Goodfellow et al., Generative Adversarial Nets, 2014, section 5.
std::vector<double> parzen_log_densities(const Tensor& centers, const Tensor& x, double bandwidth);

}  // namespace descent

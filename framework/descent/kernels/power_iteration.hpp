#pragma once

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent::kernels {

/// x = x/‖x‖; a vector of zeros stays as it is.
DESCENT_API void normalize(Tensor& x);

/// One power iteration for the largest singular value of `matrix` (inputs, outputs): v (inputs) = W·u/‖W·u‖, then
/// next (outputs) = Wᵀ·v/‖Wᵀ·v‖. Where W·u or Wᵀ·v is zero, `next` is u. Miyato et al., Spectral Normalization for
/// Generative Adversarial Networks, 2018, algorithm 1, whose W is transposed.
DESCENT_API void power_iteration(const Tensor& matrix, const Tensor& u, Tensor& v, Tensor& next);

}  // namespace descent::kernels

#pragma once

#include "descent/kernels/convolution.hpp"

/// Convolutions by oneDNN, in float only. Shapes fit and nothing is empty.
namespace descent::kernels::onednn {

#ifdef DESCENT_SCALAR_IS_float
inline constexpr bool has_convolutions = true;
#else
inline constexpr bool has_convolutions = false;
#endif

void conv2d(const Tensor& x, const Tensor& weight, WeightOrder order, const Windows2d& windows, Tensor& out);
void conv2d_input_gradient(const Tensor& g, const Tensor& weight, WeightOrder order, const Windows2d& windows,
                           Tensor& out, bool accumulate);
void conv2d_weight_gradient(const Tensor& x, const Tensor& g, WeightOrder order, const Windows2d& windows,
                            Tensor& out, bool accumulate);

}  // namespace descent::kernels::onednn

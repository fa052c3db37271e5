#pragma once

#include "descent/base/api.hpp"
#include "descent/kernels/broadcast.hpp"
#include "descent/tensor/tensor.hpp"

/// Batch normalization. Ioffe and Szegedy, Batch Normalization, 2015, algorithm 1.
namespace descent::kernels {

/// How an array (channels) repeats in a shape (batch, …, channels).
DESCENT_API BroadcastPlan channel_plan(const Shape& shape);

/// What batch_normalize() makes: new tensors.
struct BatchNormalization {
  Tensor mean;               ///< (channels): over all other dimensions
  Tensor variance;           ///< (channels): biased, divided by the number of elements
  Tensor inverse_deviation;  ///< (channels): 1/√(variance + ε)
  Tensor normalized;         ///< (batch, …, channels): (x − mean)·inverse_deviation
  Tensor result;             ///< (batch, …, channels): normalized·scale + shift
};
/// x (batch, …, channels) with at least one element, scale and shift (channels).
DESCENT_API BatchNormalization batch_normalize(const Tensor& x, const Tensor& scale, const Tensor& shift,
                                               double epsilon);

/// Means over all dimensions but the channels: new tensors (channels).
struct BatchGradientMeans {
  Tensor gradient;     ///< of g
  Tensor correlation;  ///< of g·normalized
};
/// g and normalized (batch, …, channels): the gradient of batch_normalize()'s result, and what it kept. Times
/// the number of elements of a channel, the means are the gradients of shift and scale.
DESCENT_API BatchGradientMeans batch_gradient_means(const Tensor& g, const Tensor& normalized);

/// out (batch, …, channels) = the gradient of x, or += it:
/// scale·inverse_deviation·(g − means.gradient − normalized·means.correlation). `out` may be g.
DESCENT_API void batch_normalize_gradient(const Tensor& g, const Tensor& normalized,
                                          const BatchGradientMeans& means, const Tensor& scale,
                                          const Tensor& inverse_deviation, Tensor& out, bool accumulate);

}  // namespace descent::kernels

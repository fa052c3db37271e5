#pragma once

#include "descent/base/api.hpp"
#include "descent/kernels/convolution.hpp"
#include "descent/tensor/tensor.hpp"

/// Windows of images x (batch, height, width, channels) reduced to one number for each place and channel, out (batch,
/// height, width, channels) as windows.places() says. What is outside of an image does not count: every window must
/// see a part of it.
namespace descent::kernels {

/// out = the largest number of each window; tap = which one it is, row·kernel width + column in the window, the first
/// of equal ones. NaN is larger than everything.
DESCENT_API void max_pool(const Tensor& x, const Windows2d& windows, Tensor& out, Tensor& tap);
/// out = of each window the number that `tap` names; or += it.
DESCENT_API void pick_from_windows(const Tensor& x, const Windows2d& windows, const Tensor& tap, Tensor& out,
                                   bool accumulate);
/// out (batch, height, width, channels) = the sums of what g puts at the places that `tap` names; or += them.
DESCENT_API void put_into_windows(const Tensor& g, const Windows2d& windows, const Tensor& tap, Tensor& out,
                                  bool accumulate);

/// out = the mean of each window; or += it.
DESCENT_API void average_pool(const Tensor& x, const Windows2d& windows, Tensor& out, bool accumulate);
/// out (batch, height, width, channels) = the gradient of x given g, that of the means; or += it.
DESCENT_API void average_pool_gradient(const Tensor& g, const Windows2d& windows, Tensor& out,
                                       bool accumulate);

}  // namespace descent::kernels

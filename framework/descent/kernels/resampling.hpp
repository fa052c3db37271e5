#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/kernels/convolution.hpp"
#include "descent/tensor/tensor.hpp"

/// Images (batch, height, width, channels) with more or fewer pixels. x is the small image and y the large one; each
/// map has its adjoint, which is the gradient of x given that of y. With `accumulate` a kernel adds to what `out` holds.
namespace descent::kernels {

/// y (batch, factor·height, factor·width, channels) = every pixel of x as a block.
DESCENT_API void upsample_nearest(const Tensor& x, const Extents2d& factor, Tensor& out, bool accumulate);
DESCENT_API void upsample_nearest_adjoint(const Tensor& y, const Extents2d& factor, Tensor& out,
                                          bool accumulate);

/// y of any size = x, interpolated between the centers of its pixels: pixel i of y is at
/// (i + ½)·(extent of x)/(extent of y) − ½ of x, and what is outside of x counts as its edge.
DESCENT_API void resize_bilinear(const Tensor& x, Tensor& out, bool accumulate);
DESCENT_API void resize_bilinear_adjoint(const Tensor& y, Tensor& out, bool accumulate);

/// y (batch, block·height, block·width, channels) = x (batch, height, width, block²·channels): channel
/// (a·block + b)·channels + c is row a, column b of a block.
DESCENT_API void depth_to_space(const Tensor& x, std::int64_t block, Tensor& out, bool accumulate);
DESCENT_API void space_to_depth(const Tensor& y, std::int64_t block, Tensor& out, bool accumulate);

}  // namespace descent::kernels

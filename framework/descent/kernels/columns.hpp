#pragma once

#include <cstdint>

#include "descent/kernels/convolution.hpp"
#include "descent/tensor/tensor.hpp"

/// The windows of images side by side, one row for each place of the result: columns
/// (batch·height·width of the result, kernel height·kernel width·channels).
namespace descent::kernels {

/// columns = the windows of x (batch, height, width, channels).
void gather_columns(const Tensor& x, const Windows2d& windows, Tensor& columns);
/// Adds every row of `columns` to its window in out (batch, height, width, channels).
void scatter_columns(const Tensor& columns, const Windows2d& windows, Tensor& out);

}  // namespace descent::kernels

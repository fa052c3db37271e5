#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

/// Whole rows of tensors `(rows, …)`.
namespace descent::kernels {

/// out (rows·count, …) = every row of x (rows, …) `count` times in a row.
DESCENT_API void repeat_rows(const Tensor& x, std::int64_t count, Tensor& out);
/// out (rows, …) = the sums of `count` consecutive rows of x (rows·count, …), added in their order; or += them.
DESCENT_API void sum_row_groups(const Tensor& x, std::int64_t count, Tensor& out, bool accumulate);
/// out[i] = the first index of the largest element of row i: x (rows, classes), out (rows).
DESCENT_API void argmax(const Tensor& x, Tensor& out);

}  // namespace descent::kernels

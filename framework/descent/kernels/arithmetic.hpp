#pragma once

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

/// Sums, products and quotients, element by element. With `accumulate` a kernel adds its result to what `out`
/// holds instead of overwriting it. Unless a kernel says otherwise, its tensors have equally many elements, and
/// `out` may be the memory of one of its arguments.
namespace descent::kernels {

/// out = a + b, a − b, a·b or a/b, where one of a and b has out's shape, and the other one repeats in it as
/// broadcast_plan() says. `out` may be the memory of the one that has its shape.
DESCENT_API void add(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate);
DESCENT_API void subtract(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate);
DESCENT_API void multiply(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate);
DESCENT_API void divide(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate);

/// out += x.
DESCENT_API void add_in_place(const Tensor& x, Tensor& out);
/// out = scale·x.
DESCENT_API void scale(const Tensor& x, double scale, Tensor& out, bool accumulate);
/// out = scale·x + shift, where a scale of 1 and a shift of 0 cost nothing.
DESCENT_API void scale_and_shift(const Tensor& x, double scale, double shift, Tensor& out);
/// out = −(a·b).
DESCENT_API void negated_product(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate);
/// out = weight_a·a + weight_b·b.
DESCENT_API void weighted_sum(double weight_a, const Tensor& a, double weight_b, const Tensor& b,
                              Tensor& out);

}  // namespace descent::kernels

#pragma once

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

/// Element-wise functions of one tensor. NAME(x, out) writes the function's values; NAME_gradient(…) the
/// gradient of x, given the gradient g of the result and the input x or the result y, whichever it needs. With
/// `accumulate` it is added to what `out` holds. All tensors have equally many elements, and `out` may be the
/// memory of any of them.
namespace descent::kernels {

DESCENT_API void exp(const Tensor& x, Tensor& out);
DESCENT_API void exp_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate);
/// The natural logarithm.
DESCENT_API void log(const Tensor& x, Tensor& out);
DESCENT_API void log_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
DESCENT_API void sqrt(const Tensor& x, Tensor& out);
DESCENT_API void sqrt_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate);
DESCENT_API void square(const Tensor& x, Tensor& out);
DESCENT_API void square_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
DESCENT_API void pow(const Tensor& x, double exponent, Tensor& out);
DESCENT_API void pow_gradient(const Tensor& g, const Tensor& x, double exponent, Tensor& out,
                              bool accumulate);
DESCENT_API void abs(const Tensor& x, Tensor& out);
/// 0 where x is 0.
DESCENT_API void abs_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
/// out = 1, −1, or 0 where x is neither above nor below 0.
DESCENT_API void abs_derivative(const Tensor& x, Tensor& out);
DESCENT_API void sin(const Tensor& x, Tensor& out);
DESCENT_API void sin_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
DESCENT_API void cos(const Tensor& x, Tensor& out);
DESCENT_API void cos_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
/// out = min(max(x, low), high); NaN stays NaN.
DESCENT_API void clamp(const Tensor& x, double low, double high, Tensor& out);
/// 0 where x was cut.
DESCENT_API void clamp_gradient(const Tensor& g, const Tensor& x, double low, double high, Tensor& out,
                                bool accumulate);
/// out = 1 where low ≤ x ≤ high, else 0.
DESCENT_API void clamp_derivative(const Tensor& x, double low, double high, Tensor& out);
/// out = 1 where x > 0, else 0.
DESCENT_API void positive(const Tensor& x, Tensor& out);
/// out = 0 where x > 0, else 1.
DESCENT_API void not_positive(const Tensor& x, Tensor& out);

}  // namespace descent::kernels

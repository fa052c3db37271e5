#pragma once

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

/// With `accumulate` a gradient is added to what `out` holds.
namespace descent::kernels {

/// out = −t·log σ(x) − (1 − t)·log(1 − σ(x)), element by element, exact for large |x|: logits x, targets t and
/// out of equally many elements; `out` may be x or t.
DESCENT_API void bce_with_logits(const Tensor& x, const Tensor& t, Tensor& out);
/// out = g·(σ(x) − t), the gradient of the logits; all of equally many elements. `out` may be g, x or t.
DESCENT_API void bce_with_logits_gradient(const Tensor& g, const Tensor& x, const Tensor& t, Tensor& out,
                                          bool accumulate);

/// out = log softmax of each row: x and out (batch, classes) with at least one class. `out` may be x.
DESCENT_API void log_softmax(const Tensor& x, Tensor& out);
/// out = the gradient of x, given g, that of the result y: g − exp(y)·(the sum of g's row); all
/// (batch, classes). `out` must be none of them.
DESCENT_API void log_softmax_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate);

/// out = log Σ e^x over the last dimension, exact for large |x|: x (…, n) with n at least 1, out (…).
DESCENT_API void log_sum_exp(const Tensor& x, Tensor& out);
/// The gradient of x, given the gradient (…) and the result (…): g·e^(x − y), or += it. Where y is −∞, so are all
/// numbers of the row, and their gradients are 0.
DESCENT_API void log_sum_exp_gradient(const Tensor& gradient, const Tensor& x, const Tensor& result,
                                      Tensor& out, bool accumulate);

}  // namespace descent::kernels

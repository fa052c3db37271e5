#pragma once

#include "descent/autograd/node.hpp"
#include "descent/kernels/broadcast.hpp"

/// For the sources of element-wise ops of two.
namespace descent {

/// Throws the Error that two shapes do not fit an op.
[[noreturn]] void shapes_do_not_fit(const char* op, const Shape& a, const Shape& b, const char* rule);

/// The shape of an element-wise result: that of the operand which the other repeats in. Throws Error when
/// there is none.
const Shape& broadcast_shape(const char* op, const Shape& a, const Shape& b);

/// out = function(a, b), or += it, element by element, where one of a and b repeats in the other one's shape:
/// kernels::multiply and its like.
using BinaryKernel = void (*)(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate);

/// Leaves kernel(gradient, other), of the result's shape, in the gradient of `input`, summed over where it
/// repeats.
inline void contribute(Gradients& into, std::size_t input, const Shape& shape, const Tensor& gradient,
                       const Tensor& other, BinaryKernel kernel) {
  if (shape == gradient.shape()) {
    auto [target, accumulate] = into.target(input);
    kernel(gradient, other, target, accumulate);
    return;
  }
  Tensor full = Tensor::empty(gradient.shape());
  kernel(gradient, other, full, false);
  auto [target, accumulate] = into.target(input);
  kernels::sum_broadcast(full, *broadcast_plan(shape, gradient.shape()), target, accumulate);
}

}  // namespace descent

#pragma once

#include "descent/autograd/node.hpp"
#include "descent/tensor/broadcast.hpp"
#include "descent/tensor/elementwise.hpp"

/// For the sources of element-wise ops of two.
namespace descent {

/// Throws the Error that two shapes do not fit an op.
[[noreturn]] void shapes_do_not_fit(const char* op, const Shape& a, const Shape& b, const char* rule);

/// The shape of an element-wise result: that of the operand which the other repeats in. Throws Error when
/// there is none.
const Shape& broadcast_shape(const char* op, const Shape& a, const Shape& b);

/// out = function(full, small), or += it, element by element, where `small` repeats in the shape that `full`
/// and `out` share. The function takes and gives Eigen array expressions.
template <class Function>
void combine(const Tensor& full, const Tensor& small, Tensor& out, bool accumulate, Function function) {
  if (full.size() == small.size()) {
    put(array(out), accumulate, function(array(full), array(small)));
    return;
  }
  const BroadcastPlan plan = *broadcast_plan(small.shape(), full.shape());
  const Scalar* in = full.data();
  Scalar* result = out.data();
  for (std::int64_t o = 0; o < plan.outer; ++o) {
    if (plan.inner == 1) {
      put(Values(result, plan.middle), accumulate,
          function(ConstValues(in, plan.middle), constant_array(small)));
      in += plan.middle;
      result += plan.middle;
      continue;
    }
    for (std::int64_t m = 0; m < plan.middle; ++m, in += plan.inner, result += plan.inner)
      put(Values(result, plan.inner), accumulate,
          function(ConstValues(in, plan.inner), ConstValues::Constant(plan.inner, small.data()[m])));
  }
}

/// Leaves function(gradient, other), of the result's shape, in the gradient of `input`, summed over where it
/// repeats.
template <class Function>
void contribute(Gradients& into, std::size_t input, const Shape& shape, const Tensor& gradient,
                const Tensor& other, Function function) {
  if (shape == gradient.shape()) {
    auto [target, accumulate] = into.target(input);
    combine(gradient, other, target, accumulate, function);
    return;
  }
  Tensor full = Tensor::empty(gradient.shape());
  combine(gradient, other, full, false, function);
  auto [target, accumulate] = into.target(input);
  sum_broadcast(full, *broadcast_plan(shape, gradient.shape()), target, accumulate);
}

}  // namespace descent

#include "descent/kernels/arithmetic.hpp"

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

namespace {

// out = function(a, b) for operands of which either may be the smaller one.
template <class Function>
void combine_either(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate, Function function) {
  if (out.shape() == a.shape()) {
    combine(a, b, out, accumulate, function);
  } else {
    combine(b, a, out, accumulate, [&](const auto& x, const auto& y) { return function(y, x); });
  }
}

}  // namespace

void add(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate) {
  combine_either(a, b, out, accumulate, [](const auto& x, const auto& y) { return x + y; });
}

void subtract(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate) {
  combine_either(a, b, out, accumulate, [](const auto& x, const auto& y) { return x - y; });
}

void multiply(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate) {
  combine_either(a, b, out, accumulate, [](const auto& x, const auto& y) { return x * y; });
}

void divide(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate) {
  combine_either(a, b, out, accumulate, [](const auto& x, const auto& y) { return x / y; });
}

void add_in_place(const Tensor& x, Tensor& out) {
  put_all(out, true, [&](auto part) { return part(x); });
}

void scale(const Tensor& x, double scale, Tensor& out, bool accumulate) {
  put_all(out, accumulate, [&](auto part) { return part(x) * static_cast<Scalar>(scale); });
}

void scale_and_shift(const Tensor& x, double scale, double shift, Tensor& out) {
  const auto a = static_cast<Scalar>(scale), b = static_cast<Scalar>(shift);
  if (shift == 0) {
    put_all(out, false, [&](auto part) { return part(x) * a; });
  } else if (scale == 1) {
    put_all(out, false, [&](auto part) { return part(x) + b; });
  } else {
    put_all(out, false, [&](auto part) { return part(x) * a + b; });
  }
}

void negated_product(const Tensor& a, const Tensor& b, Tensor& out, bool accumulate) {
  put_all(out, accumulate, [&](auto part) { return -(part(a) * part(b)); });
}

void weighted_sum(double weight_a, const Tensor& a, double weight_b, const Tensor& b, Tensor& out) {
  const auto wa = static_cast<Scalar>(weight_a), wb = static_cast<Scalar>(weight_b);
  put_all(out, false, [&](auto part) { return wa * part(a) + wb * part(b); });
}

}  // namespace descent::kernels

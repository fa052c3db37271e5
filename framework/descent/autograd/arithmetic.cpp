#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"

namespace descent {

void shapes_do_not_fit(const char* op, const Shape& a, const Shape& b, const char* rule) {
  throw Error(fmt::format("op '{}': the shapes {} and {} do not fit; {}", op, a.text(), b.text(), rule));
}

const Shape& broadcast_shape(const char* op, const Shape& a, const Shape& b) {
  if (a == b || broadcast_plan(b, a)) return a;
  if (broadcast_plan(a, b)) return b;
  shapes_do_not_fit(
      op, a, b,
      "one must have the result's shape, and the other repeat in it along its leading or trailing "
      "dimensions (missing, or of extent 1)");
}

namespace {

Tensor evaluate(const char* op, const Variable& a, const Variable& b, BinaryKernel kernel) {
  Tensor out = Tensor::empty(broadcast_shape(op, a.shape(), b.shape()));
  kernel(a.value(), b.value(), out, false);
  return out;
}

class Add final : public Node {
 public:
  const char* name() const override { return "add"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    for (const std::size_t i : {0u, 1u})
      if (into.needs(i)) into.add(i, sum_to(gradient, inputs[i].shape()));
  }
};

class Subtract final : public Node {
 public:
  const char* name() const override { return "subtract"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.needs(0)) into.add(0, sum_to(gradient, inputs[0].shape()));
    if (into.needs(1)) into.add(1, -sum_to(gradient, inputs[1].shape()));
  }
};

class Multiply final : public Node {
 public:
  const char* name() const override { return "multiply"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    for (const std::size_t i : {0u, 1u}) {
      if (!into.needs(i)) continue;
      const Variable& other = inputs[1 - i];
      if (into.recording()) {
        into.add(i, sum_to(gradient * other, inputs[i].shape()));
      } else {
        contribute(into, i, inputs[i].shape(), gradient.value(), other.value(), kernels::multiply);
      }
    }
  }
};

class Divide final : public Node {
 public:
  const char* name() const override { return "divide"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable& divisor = inputs[1];
    if (into.needs(0)) {
      if (into.recording()) {
        into.add(0, sum_to(gradient / divisor, inputs[0].shape()));
      } else {
        contribute(into, 0, inputs[0].shape(), gradient.value(), divisor.value(), kernels::divide);
      }
    }
    if (into.needs(1)) into.add(1, -(sum_to(gradient * self(), divisor.shape()) / divisor));
  }
};

/// scale·x + shift, with numbers.
class Affine final : public Node {
 public:
  explicit Affine(double scale) : scale_(scale) {}
  const char* name() const override { return "affine"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording() || scale_ == 1) {
      into.add(0, scale_ == 1 ? gradient : gradient * scale_);
    } else {
      auto [target, accumulate] = into.target(0);
      kernels::scale(gradient.value(), scale_, target, accumulate);
    }
  }

 private:
  double scale_;
};

Variable affine(const Variable& x, double scale, double shift) {
  Tensor out = Tensor::empty(x.shape());
  kernels::scale_and_shift(x.value(), scale, shift, out);
  return make_result<Affine>(std::move(out), {x}, scale);
}

}  // namespace

Variable operator+(const Variable& a, const Variable& b) {
  return make_result<Add>(evaluate("add", a, b, kernels::add), {a, b});
}

Variable operator-(const Variable& a, const Variable& b) {
  return make_result<Subtract>(evaluate("subtract", a, b, kernels::subtract), {a, b});
}

Variable operator*(const Variable& a, const Variable& b) {
  return make_result<Multiply>(evaluate("multiply", a, b, kernels::multiply), {a, b});
}

Variable operator/(const Variable& a, const Variable& b) {
  return make_result<Divide>(evaluate("divide", a, b, kernels::divide), {a, b});
}

Variable operator+(const Variable& a, double b) {
  return affine(a, 1, b);
}
Variable operator-(const Variable& a, double b) {
  return affine(a, 1, -b);
}
Variable operator*(const Variable& a, double b) {
  return affine(a, b, 0);
}
Variable operator/(const Variable& a, double b) {
  return affine(a, 1 / b, 0);
}
Variable operator+(double a, const Variable& b) {
  return affine(b, 1, a);
}
Variable operator-(double a, const Variable& b) {
  return affine(b, -1, a);
}
Variable operator*(double a, const Variable& b) {
  return affine(b, a, 0);
}
Variable operator/(double a, const Variable& b) {
  return Variable::scalar(a) / b;
}
Variable operator-(const Variable& a) {
  return affine(a, -1, 0);
}

}  // namespace descent

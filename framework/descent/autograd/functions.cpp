#include <fmt/format.h>

#include "descent/autograd/unary.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/functions.hpp"

namespace descent {

namespace {

struct Exp {
  static constexpr const char* name = "exp";
  void value(const Tensor& x, Tensor& out) const { kernels::exp(x, out); }
  void gradient(const Tensor& g, const Tensor&, const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::exp_gradient(g, y, out, accumulate);
  }
  Variable derivative(const Variable&, const Variable& y) const { return y; }
};

struct Log {
  static constexpr const char* name = "log";
  void value(const Tensor& x, Tensor& out) const { kernels::log(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::log_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return 1.0 / x; }
};

struct Sqrt {
  static constexpr const char* name = "sqrt";
  void value(const Tensor& x, Tensor& out) const { kernels::sqrt(x, out); }
  void gradient(const Tensor& g, const Tensor&, const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::sqrt_gradient(g, y, out, accumulate);
  }
  Variable derivative(const Variable&, const Variable& y) const { return 0.5 / y; }
};

struct Square {
  static constexpr const char* name = "square";
  void value(const Tensor& x, Tensor& out) const { kernels::square(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::square_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return 2.0 * x; }
};

struct Power {
  static constexpr const char* name = "pow";
  double exponent;
  void value(const Tensor& x, Tensor& out) const { kernels::pow(x, exponent, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::pow_gradient(g, x, exponent, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return exponent * pow(x, exponent - 1); }
};

struct Abs {
  static constexpr const char* name = "abs";
  void value(const Tensor& x, Tensor& out) const { kernels::abs(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::abs_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const {
    Tensor out = Tensor::empty(x.shape());
    kernels::abs_derivative(x.value(), out);
    return out;
  }
};

struct Sin {
  static constexpr const char* name = "sin";
  void value(const Tensor& x, Tensor& out) const { kernels::sin(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::sin_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return cos(x); }
};

struct Cos {
  static constexpr const char* name = "cos";
  void value(const Tensor& x, Tensor& out) const { kernels::cos(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::cos_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return -sin(x); }
};

struct Clamp {
  static constexpr const char* name = "clamp";
  double low, high;
  void value(const Tensor& x, Tensor& out) const { kernels::clamp(x, low, high, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::clamp_gradient(g, x, low, high, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const {
    Tensor out = Tensor::empty(x.shape());
    kernels::clamp_derivative(x.value(), low, high, out);
    return out;
  }
};

}  // namespace

Variable exp(const Variable& x) {
  return unary(x, Exp{});
}
Variable log(const Variable& x) {
  return unary(x, Log{});
}
Variable sqrt(const Variable& x) {
  return unary(x, Sqrt{});
}
Variable square(const Variable& x) {
  return unary(x, Square{});
}
Variable abs(const Variable& x) {
  return unary(x, Abs{});
}
Variable sin(const Variable& x) {
  return unary(x, Sin{});
}
Variable cos(const Variable& x) {
  return unary(x, Cos{});
}

Variable pow(const Variable& x, double exponent) {
  // These are exact, much faster, and right at x = 0, where the general derivative would be 0·∞.
  if (exponent == 0) return Variable(Tensor::full(x.shape(), 1));
  if (exponent == 1) return x;
  if (exponent == 2) return square(x);
  return unary(x, Power{exponent});
}

Variable clamp(const Variable& x, double low, double high) {
  if (!(low <= high)) throw Error(fmt::format("op 'clamp': low ({}) must not be above high ({})", low, high));
  return unary(x, Clamp{low, high});
}

}  // namespace descent

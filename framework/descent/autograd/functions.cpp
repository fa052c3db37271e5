#include <fmt/format.h>

#include "descent/autograd/unary.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

struct Exp {
  static constexpr const char* name = "exp";
  auto value(const auto& x) const { return x.exp(); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return g * y; }
  Variable derivative(const Variable&, const Variable& y) const { return y; }
};

struct Log {
  static constexpr const char* name = "log";
  auto value(const auto& x) const { return x.log(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g / x; }
  Variable derivative(const Variable& x, const Variable&) const { return 1.0 / x; }
};

struct Sqrt {
  static constexpr const char* name = "sqrt";
  auto value(const auto& x) const { return x.sqrt(); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return Scalar(0.5) * g / y; }
  Variable derivative(const Variable&, const Variable& y) const { return 0.5 / y; }
};

struct Square {
  static constexpr const char* name = "square";
  auto value(const auto& x) const { return x.square(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return Scalar(2) * g * x; }
  Variable derivative(const Variable& x, const Variable&) const { return 2.0 * x; }
};

struct Power {
  static constexpr const char* name = "pow";
  double exponent;
  auto value(const auto& x) const { return x.pow(static_cast<Scalar>(exponent)); }
  auto gradient(const auto& g, const auto& x, const auto&) const {
    return static_cast<Scalar>(exponent) * g * x.pow(static_cast<Scalar>(exponent - 1));
  }
  Variable derivative(const Variable& x, const Variable&) const { return exponent * pow(x, exponent - 1); }
};

struct Abs {
  static constexpr const char* name = "abs";
  auto value(const auto& x) const { return x.abs(); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const { return x > 0 ? g : (x < 0 ? -g : Scalar(0)); }
};

struct Sin {
  static constexpr const char* name = "sin";
  auto value(const auto& x) const { return x.sin(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g * x.cos(); }
  Variable derivative(const Variable& x, const Variable&) const { return cos(x); }
};

struct Cos {
  static constexpr const char* name = "cos";
  auto value(const auto& x) const { return x.cos(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return -(g * x.sin()); }
  Variable derivative(const Variable& x, const Variable&) const { return -sin(x); }
};

struct Clamp {
  static constexpr const char* name = "clamp";
  Scalar low, high;
  auto value(const auto& x) const { return x.max(low).min(high); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const {
    return (x >= low) & (x <= high) ? g : Scalar(0);
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
  return unary(x, Clamp{static_cast<Scalar>(low), static_cast<Scalar>(high)});
}

}  // namespace descent

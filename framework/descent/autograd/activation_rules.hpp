#pragma once

#include "descent/autograd/unary.hpp"

/// The activations that `dense` fuses: rules as in unary.hpp, which must also be right when they are given
/// the result for the input, since dense() keeps nothing else.
namespace descent {

struct Relu {
  static constexpr const char* name = "relu";
  // The array stands first: so NaN stays NaN.
  auto value(const auto& x) const { return x.max(Scalar(0)); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const { return x > 0 ? g : Scalar(0); }
};

/// In dense() for slopes of at least 0 only, where the result has its argument's sign.
struct LeakyRelu {
  static constexpr const char* name = "leaky_relu";
  Scalar slope;
  auto value(const auto& x) const { return x.max(Scalar(0)) + slope * x.min(Scalar(0)); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const { return x > 0 ? g : slope * g; }
};

struct Elu {
  static constexpr const char* name = "elu";
  Scalar scale;
  /// scale·(e^x − 1) through 2t/(1 − t), t = tanh(x/2), which loses no digits near 0 and is vectorized in
  /// float.
  void evaluate(const Tensor& x, Tensor& out) const;
  Scalar element_gradient(Scalar g, Scalar x, Scalar y) const { return x > 0 ? g : g * (y + scale); }
  Variable derivative(const Variable& x, const Variable& y) const;
};

struct Tanh {
  static constexpr const char* name = "tanh";
  auto value(const auto& x) const { return x.tanh(); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return g * (Scalar(1) - y.square()); }
  Variable derivative(const Variable&, const Variable& y) const { return 1.0 - square(y); }
};

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  auto value(const auto& x) const { return logistic_function(x); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return g * y * (Scalar(1) - y); }
  Variable derivative(const Variable&, const Variable& y) const { return y - square(y); }
};

/// Calls function(rule) for the activation's rule; there is none for Activation::none.
template <class Function>
void with_activation_rule(Activation activation, double slope, Function function) {
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      return function(Relu{});
    case Activation::leaky_relu:
      return function(LeakyRelu{static_cast<Scalar>(slope)});
    case Activation::elu:
      return function(Elu{static_cast<Scalar>(slope)});
    case Activation::tanh:
      return function(Tanh{});
    case Activation::sigmoid:
      return function(Sigmoid{});
  }
}

}  // namespace descent

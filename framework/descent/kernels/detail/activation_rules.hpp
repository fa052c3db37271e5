#pragma once

#include "descent/kernels/activations.hpp"
#include "descent/kernels/detail/map.hpp"

/// The activations that a dense layer fuses: rules as in map.hpp, which must also be right when they are given
/// the result for the input, since dense() keeps nothing else.
namespace descent::kernels {

struct ReluRule {
  // The array stands first: so NaN stays NaN.
  auto value(const auto& x) const { return x.max(Scalar(0)); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const { return x > 0 ? g : Scalar(0); }
};

/// In a dense layer for slopes of at least 0 only, where the result has its argument's sign.
struct LeakyReluRule {
  Scalar slope;
  auto value(const auto& x) const { return x.max(Scalar(0)) + slope * x.min(Scalar(0)); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const { return x > 0 ? g : slope * g; }
};

struct EluRule {
  Scalar scale;
  /// scale·(e^x − 1) through 2t/(1 − t), t = tanh(x/2), which loses no digits near 0 and is vectorized in
  /// float.
  void evaluate(const Tensor& x, Tensor& out) const;
  Scalar element_gradient(Scalar g, Scalar x, Scalar y) const { return x > 0 ? g : g * (y + scale); }
};

struct TanhRule {
  auto value(const auto& x) const { return x.tanh(); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return g * (Scalar(1) - y.square()); }
};

struct SigmoidRule {
  auto value(const auto& x) const { return logistic_function(x); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return g * y * (Scalar(1) - y); }
};

/// Calls function(rule) for the activation's rule; there is none for Activation::none.
template <class Function>
void with_activation_rule(Activation activation, double slope, Function function) {
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      return function(ReluRule{});
    case Activation::leaky_relu:
      return function(LeakyReluRule{static_cast<Scalar>(slope)});
    case Activation::elu:
      return function(EluRule{static_cast<Scalar>(slope)});
    case Activation::tanh:
      return function(TanhRule{});
    case Activation::sigmoid:
      return function(SigmoidRule{});
  }
}

}  // namespace descent::kernels

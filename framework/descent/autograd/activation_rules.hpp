#pragma once

#include "descent/autograd/unary.hpp"
#include "descent/kernels/activations.hpp"

/// The activations that `dense` fuses: rules as in unary.hpp, whose derivative must also be right when it is given
/// the result for the input, since dense() keeps nothing else.
namespace descent {

struct Relu {
  static constexpr const char* name = "relu";
  void value(const Tensor& x, Tensor& out) const { kernels::relu(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::relu_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return positive(x); }
};

/// In dense() for slopes of at least 0 only, where the result has its argument's sign.
struct LeakyRelu {
  static constexpr const char* name = "leaky_relu";
  double slope;
  void value(const Tensor& x, Tensor& out) const { kernels::leaky_relu(x, slope, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::leaky_relu_gradient(g, x, slope, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const;
};

struct Elu {
  static constexpr const char* name = "elu";
  double scale;
  void value(const Tensor& x, Tensor& out) const { kernels::elu(x, scale, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::elu_gradient(g, x, y, scale, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable& y) const;
};

struct Tanh {
  static constexpr const char* name = "tanh";
  void value(const Tensor& x, Tensor& out) const { kernels::tanh(x, out); }
  void gradient(const Tensor& g, const Tensor&, const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::tanh_gradient(g, y, out, accumulate);
  }
  Variable derivative(const Variable&, const Variable& y) const { return 1.0 - square(y); }
};

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  void value(const Tensor& x, Tensor& out) const { kernels::sigmoid(x, out); }
  void gradient(const Tensor& g, const Tensor&, const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::sigmoid_gradient(g, y, out, accumulate);
  }
  Variable derivative(const Variable&, const Variable& y) const { return y - square(y); }
};

/// The derivative of a dense op's activation at its result, as a variable that can be differentiated again. Not
/// for Activation::none.
Variable activation_derivative(Activation activation, double slope, const Variable& result);

}  // namespace descent

#include "descent/autograd/activation_rules.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/functions.hpp"

namespace descent {

Variable LeakyRelu::derivative(const Variable& x, const Variable&) const {
  Tensor out = Tensor::empty(x.shape());
  kernels::leaky_relu_derivative(x.value(), slope, out);
  return out;
}

Variable Elu::derivative(const Variable& x, const Variable& y) const {
  Tensor below = Tensor::empty(x.shape());
  kernels::not_positive(x.value(), below);
  return positive(x) + below * (y + static_cast<double>(static_cast<Scalar>(scale)));
}

Variable activation_derivative(Activation activation, double slope, const Variable& result) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::relu:
      return Relu{}.derivative(result, result);
    case Activation::leaky_relu:
      return LeakyRelu{slope}.derivative(result, result);
    case Activation::elu:
      return Elu{slope}.derivative(result, result);
    case Activation::tanh:
      return Tanh{}.derivative(result, result);
    case Activation::sigmoid:
      return Sigmoid{}.derivative(result, result);
  }
  DESCENT_ASSERT(false, "without an activation there is nothing to differentiate");
  return Variable();
}

namespace {

constexpr double inverse_sqrt_2_pi = 0.39894228040143267794;

struct Softplus {
  static constexpr const char* name = "softplus";
  void value(const Tensor& x, Tensor& out) const { kernels::softplus(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::softplus_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const { return sigmoid(x); }
};

/// The standard normal distribution function: gelu's derivative needs it.
struct NormalDistributionFunction {
  static constexpr const char* name = "normal_distribution_function";
  void value(const Tensor& x, Tensor& out) const { kernels::normal_distribution_function(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::normal_distribution_function_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const {
    return inverse_sqrt_2_pi * exp(-0.5 * square(x));
  }
};

struct Gelu {
  static constexpr const char* name = "gelu";
  void value(const Tensor& x, Tensor& out) const { kernels::gelu(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::gelu_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const {
    return unary(x, NormalDistributionFunction{}) + x * (inverse_sqrt_2_pi * exp(-0.5 * square(x)));
  }
};

struct Silu {
  static constexpr const char* name = "silu";
  void value(const Tensor& x, Tensor& out) const { kernels::silu(x, out); }
  void gradient(const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) const {
    kernels::silu_gradient(g, x, out, accumulate);
  }
  Variable derivative(const Variable& x, const Variable&) const {
    return sigmoid(x) * (1.0 + x * sigmoid(-x));
  }
};

}  // namespace

Variable relu(const Variable& x) {
  return unary(x, Relu{});
}
Variable leaky_relu(const Variable& x, double slope) {
  return unary(x, LeakyRelu{slope});
}
Variable elu(const Variable& x, double scale) {
  return unary(x, Elu{scale});
}
Variable tanh(const Variable& x) {
  return unary(x, Tanh{});
}
Variable sigmoid(const Variable& x) {
  return unary(x, Sigmoid{});
}
Variable softplus(const Variable& x) {
  return unary(x, Softplus{});
}
Variable gelu(const Variable& x) {
  return unary(x, Gelu{});
}
Variable silu(const Variable& x) {
  return unary(x, Silu{});
}

}  // namespace descent

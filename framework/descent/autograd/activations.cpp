#include <unsupported/Eigen/SpecialFunctions>

#include "descent/autograd/activation_rules.hpp"

namespace descent {

void Elu::evaluate(const Tensor& x, Tensor& out) const {
  in_pieces(x.size(), [&](std::int64_t begin, std::int64_t count, Scalar* t) {
    const Scalar* in = x.data() + begin;
    const Scalar factor = scale;
    if constexpr (sizeof(Scalar) == sizeof(double)) {
      for (std::int64_t i = 0; i < count; ++i) t[i] = std::expm1(in[i]);
    } else {
      Values tanh_of_half(t, count);
      tanh_of_half = (Scalar(0.5) * ConstValues(in, count).min(Scalar(0))).tanh();
      tanh_of_half = Scalar(2) * tanh_of_half / (Scalar(1) - tanh_of_half);
    }
    put_each(out.data() + begin, count, false,
             [=](std::int64_t i) { return in[i] > 0 ? in[i] : factor * t[i]; });
  });
}

Variable Elu::derivative(const Variable& x, const Variable& y) const {
  Tensor below = Tensor::empty(x.shape()), above = Tensor::empty(x.shape());
  const Scalar* in = x.value().data();
  put_each(below.data(), below.size(), false,
           [=](std::int64_t i) { return in[i] > 0 ? Scalar(0) : Scalar(1); });
  put_each(above.data(), above.size(), false,
           [=](std::int64_t i) { return in[i] > 0 ? Scalar(1) : Scalar(0); });
  return above + below * (y + static_cast<double>(scale));
}

namespace {

constexpr double inverse_sqrt_2 = 0.70710678118654752440;
constexpr double inverse_sqrt_2_pi = 0.39894228040143267794;

struct Softplus {
  static constexpr const char* name = "softplus";
  void evaluate(const Tensor& x, Tensor& out) const {
    in_pieces(x.size(), [&](std::int64_t begin, std::int64_t count, Scalar* e) {
      const Scalar* in = x.data() + begin;
      Values(e, count) = (-ConstValues(in, count).abs()).exp();
      put_each(out.data() + begin, count, false,
               [=](std::int64_t i) { return (in[i] > 0 ? in[i] : Scalar(0)) + log1p_of_unit(e[i]); });
    });
  }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g * logistic_function(x); }
  Variable derivative(const Variable& x, const Variable&) const { return sigmoid(x); }
};

auto distribution_function(const auto& x) {
  return Scalar(0.5) * (Scalar(1) + (static_cast<Scalar>(inverse_sqrt_2) * x).erf());
}

auto density(const auto& x) {
  return static_cast<Scalar>(inverse_sqrt_2_pi) * (Scalar(-0.5) * x.square()).exp();
}

/// The standard normal distribution function: gelu's derivative needs it.
struct NormalDistributionFunction {
  static constexpr const char* name = "normal_distribution_function";
  auto value(const auto& x) const { return distribution_function(x); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g * density(x); }
  Variable derivative(const Variable& x, const Variable&) const {
    return inverse_sqrt_2_pi * exp(-0.5 * square(x));
  }
};

struct Gelu {
  static constexpr const char* name = "gelu";
  auto value(const auto& x) const { return x * distribution_function(x); }
  auto gradient(const auto& g, const auto& x, const auto&) const {
    return g * (distribution_function(x) + x * density(x));
  }
  Variable derivative(const Variable& x, const Variable&) const {
    return unary(x, NormalDistributionFunction{}) + x * (inverse_sqrt_2_pi * exp(-0.5 * square(x)));
  }
};

}  // namespace

Variable relu(const Variable& x) {
  return unary(x, Relu{});
}
Variable leaky_relu(const Variable& x, double slope) {
  return unary(x, LeakyRelu{static_cast<Scalar>(slope)});
}
Variable elu(const Variable& x, double scale) {
  return unary(x, Elu{static_cast<Scalar>(scale)});
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

}  // namespace descent

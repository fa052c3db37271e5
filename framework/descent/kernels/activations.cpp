#include "descent/kernels/activations.hpp"

#include <unsupported/Eigen/SpecialFunctions>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/activation_rules.hpp"

namespace descent::kernels {

void EluRule::evaluate(const Tensor& x, Tensor& out) const {
  in_pieces(x.size(), [&](std::int64_t begin, std::int64_t count, Scalar* t) {
    const Scalar* in = x.data() + begin;
    const Scalar factor = scale;
    if constexpr (sizeof(Scalar) == sizeof(double)) {
      for (std::int64_t i = 0; i < count; ++i) t[i] = std::expm1(in[i]);
    } else {
      UnalignedView tanh_of_half(t, count);
      tanh_of_half = (Scalar(0.5) * ConstUnalignedView(in, count).min(Scalar(0))).tanh();
      tanh_of_half = Scalar(2) * tanh_of_half / (Scalar(1) - tanh_of_half);
    }
    put_each(out.data() + begin, count, false,
             [=](std::int64_t i) { return in[i] > 0 ? in[i] : factor * t[i]; });
  });
}

namespace {

constexpr double inverse_sqrt_2 = 0.70710678118654752440;
constexpr double inverse_sqrt_2_pi = 0.39894228040143267794;

struct SoftplusRule {
  void evaluate(const Tensor& x, Tensor& out) const {
    in_pieces(x.size(), [&](std::int64_t begin, std::int64_t count, Scalar* e) {
      const Scalar* in = x.data() + begin;
      UnalignedView(e, count) = (-ConstUnalignedView(in, count).abs()).exp();
      put_each(out.data() + begin, count, false,
               [=](std::int64_t i) { return (in[i] > 0 ? in[i] : Scalar(0)) + log1p_of_unit(e[i]); });
    });
  }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g * logistic_function(x); }
};

auto distribution_function(const auto& x) {
  return Scalar(0.5) * (Scalar(1) + (static_cast<Scalar>(inverse_sqrt_2) * x).erf());
}

auto density(const auto& x) {
  return static_cast<Scalar>(inverse_sqrt_2_pi) * (Scalar(-0.5) * x.square()).exp();
}

struct NormalDistributionRule {
  auto value(const auto& x) const { return distribution_function(x); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g * density(x); }
};

struct GeluRule {
  auto value(const auto& x) const { return x * distribution_function(x); }
  auto gradient(const auto& g, const auto& x, const auto&) const {
    return g * (distribution_function(x) + x * density(x));
  }
};

struct SiluRule {
  auto value(const auto& x) const { return x * logistic_function(x); }
  // The second factor in terms of σ(−x): 1 − σ(x) would lose all digits for large x.
  auto gradient(const auto& g, const auto& x, const auto&) const {
    return g * (logistic_function(x) * (Scalar(1) + x * logistic_function(-x)));
  }
};

LeakyReluRule leaky_relu_rule(double slope) {
  return {static_cast<Scalar>(slope)};
}

}  // namespace

void relu(const Tensor& x, Tensor& out) {
  map(x, out, ReluRule{});
}
void relu_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, ReluRule{});
}
void leaky_relu(const Tensor& x, double slope, Tensor& out) {
  map(x, out, leaky_relu_rule(slope));
}
void leaky_relu_gradient(const Tensor& g, const Tensor& x, double slope, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, leaky_relu_rule(slope));
}
void leaky_relu_derivative(const Tensor& x, double slope, Tensor& out) {
  const LeakyReluRule rule = leaky_relu_rule(slope);
  const Scalar* in = x.data();
  share_each(out.data(), out.size(), false,
             [=](std::int64_t i) { return rule.element_gradient(1, in[i], in[i]); });
}
void elu(const Tensor& x, double scale, Tensor& out) {
  map(x, out, EluRule{static_cast<Scalar>(scale)});
}
void elu_gradient(const Tensor& g, const Tensor& x, const Tensor& y, double scale, Tensor& out,
                  bool accumulate) {
  map_gradient(g, x, y, out, accumulate, EluRule{static_cast<Scalar>(scale)});
}
void tanh(const Tensor& x, Tensor& out) {
  map(x, out, TanhRule{});
}
void tanh_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate) {
  map_gradient(g, y, y, out, accumulate, TanhRule{});
}
void sigmoid(const Tensor& x, Tensor& out) {
  map(x, out, SigmoidRule{});
}
void sigmoid_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate) {
  map_gradient(g, y, y, out, accumulate, SigmoidRule{});
}
void softplus(const Tensor& x, Tensor& out) {
  map(x, out, SoftplusRule{});
}
void softplus_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, SoftplusRule{});
}
void normal_distribution_function(const Tensor& x, Tensor& out) {
  map(x, out, NormalDistributionRule{});
}
void normal_distribution_function_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, NormalDistributionRule{});
}
void gelu(const Tensor& x, Tensor& out) {
  map(x, out, GeluRule{});
}
void gelu_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, GeluRule{});
}
void silu(const Tensor& x, Tensor& out) {
  map(x, out, SiluRule{});
}
void silu_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, SiluRule{});
}

void add_bias_and_activate(Tensor& out, const Tensor& bias, Activation activation, double slope) {
  const auto add_bias = [&](const auto& function) {
    if (bias.defined()) {
      combine(out, bias, out, false, [&](const auto& z, const auto& b) { return function(z + b); });
    } else {
      put_all(out, false, [&](auto part) { return function(part(out)); });
    }
  };
  if (activation == Activation::none) {
    if (bias.defined()) add_bias([](const auto& z) { return z; });
    return;
  }
  with_activation_rule(activation, slope, [&](const auto& rule) {
    if constexpr (EvaluatesTensors<std::decay_t<decltype(rule)>>) {
      if (bias.defined()) add_bias([](const auto& z) { return z; });
      rule.evaluate(out, out);
    } else {
      add_bias([&](const auto& z) { return rule.value(z); });
    }
  });
}

void activation_gradient(Activation activation, double slope, const Tensor& g, const Tensor& y, Tensor& out) {
  DESCENT_ASSERT(activation != Activation::none, "without an activation there is nothing to differentiate");
  with_activation_rule(activation, slope, [&](const auto& rule) { map_gradient(g, y, y, out, false, rule); });
}

}  // namespace descent::kernels

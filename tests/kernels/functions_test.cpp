#include "descent/kernels/functions.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "descent/kernels/activations.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

// A function with its kernels, and the same in double by the C library.
struct Function {
  const char* name;
  double low, high;  // where it is evaluated
  std::function<void(const Tensor& x, Tensor& out)> value;
  std::function<void(const Tensor& g, const Tensor& x, const Tensor& y, Tensor& out, bool accumulate)>
      gradient;
  std::function<double(double)> exact, derivative;
};

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}
double normal_density(double x) {
  return std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0));
}
double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

std::vector<Function> functions() {
  // Kernels need the input or the result: both are given here, and the unneeded one is left out.
  const auto of_input = [](auto kernel) {
    return [=](const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) {
      kernel(g, x, out, accumulate);
    };
  };
  const auto of_result = [](auto kernel) {
    return [=](const Tensor& g, const Tensor&, const Tensor& y, Tensor& out, bool accumulate) {
      kernel(g, y, out, accumulate);
    };
  };
  return {
      {"exp", -5, 5, kernels::exp, of_result(kernels::exp_gradient), [](double x) { return std::exp(x); },
       [](double x) { return std::exp(x); }},
      {"log", 0.1, 5, kernels::log, of_input(kernels::log_gradient), [](double x) { return std::log(x); },
       [](double x) { return 1 / x; }},
      {"sqrt", 0.1, 5, kernels::sqrt, of_result(kernels::sqrt_gradient),
       [](double x) { return std::sqrt(x); }, [](double x) { return 0.5 / std::sqrt(x); }},
      {"square", -5, 5, kernels::square, of_input(kernels::square_gradient), [](double x) { return x * x; },
       [](double x) { return 2 * x; }},
      {"pow", 0.1, 5, [](const Tensor& x, Tensor& out) { kernels::pow(x, 1.5, out); },
       [](const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) {
         kernels::pow_gradient(g, x, 1.5, out, accumulate);
       },
       [](double x) { return std::pow(x, 1.5); }, [](double x) { return 1.5 * std::sqrt(x); }},
      {"abs", -5, 5, kernels::abs, of_input(kernels::abs_gradient), [](double x) { return std::abs(x); },
       [](double x) { return x > 0 ? 1.0 : -1.0; }},
      {"sin", -5, 5, kernels::sin, of_input(kernels::sin_gradient), [](double x) { return std::sin(x); },
       [](double x) { return std::cos(x); }},
      {"cos", -5, 5, kernels::cos, of_input(kernels::cos_gradient), [](double x) { return std::cos(x); },
       [](double x) { return -std::sin(x); }},
      {"clamp", -5, 5, [](const Tensor& x, Tensor& out) { kernels::clamp(x, -1.5, 2, out); },
       [](const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) {
         kernels::clamp_gradient(g, x, -1.5, 2, out, accumulate);
       },
       [](double x) { return std::clamp(x, -1.5, 2.0); },
       [](double x) { return x >= -1.5 && x <= 2 ? 1.0 : 0.0; }},
      {"relu", -5, 5, kernels::relu, of_input(kernels::relu_gradient),
       [](double x) { return std::max(x, 0.0); }, [](double x) { return x > 0 ? 1.0 : 0.0; }},
      {"leaky_relu", -5, 5, [](const Tensor& x, Tensor& out) { kernels::leaky_relu(x, 0.25, out); },
       [](const Tensor& g, const Tensor& x, const Tensor&, Tensor& out, bool accumulate) {
         kernels::leaky_relu_gradient(g, x, 0.25, out, accumulate);
       },
       [](double x) { return x > 0 ? x : 0.25 * x; }, [](double x) { return x > 0 ? 1.0 : 0.25; }},
      {"elu", -5, 5, [](const Tensor& x, Tensor& out) { kernels::elu(x, 0.75, out); },
       [](const Tensor& g, const Tensor& x, const Tensor& y, Tensor& out, bool accumulate) {
         kernels::elu_gradient(g, x, y, 0.75, out, accumulate);
       },
       [](double x) { return x > 0 ? x : 0.75 * std::expm1(x); },
       [](double x) { return x > 0 ? 1.0 : 0.75 * std::exp(x); }},
      {"tanh", -5, 5, kernels::tanh, of_result(kernels::tanh_gradient), [](double x) { return std::tanh(x); },
       [](double x) { return 1 - std::tanh(x) * std::tanh(x); }},
      {"sigmoid", -5, 5, kernels::sigmoid, of_result(kernels::sigmoid_gradient), logistic,
       [](double x) { return logistic(x) * (1 - logistic(x)); }},
      {"softplus", -5, 5, kernels::softplus, of_input(kernels::softplus_gradient),
       [](double x) { return std::log1p(std::exp(x)); }, logistic},
      {"normal_distribution_function", -5, 5, kernels::normal_distribution_function,
       of_input(kernels::normal_distribution_function_gradient), normal_cdf, normal_density},
      {"gelu", -5, 5, kernels::gelu, of_input(kernels::gelu_gradient),
       [](double x) { return x * normal_cdf(x); },
       [](double x) { return normal_cdf(x) + x * normal_density(x); }},
      {"silu", -5, 5, kernels::silu, of_input(kernels::silu_gradient),
       [](double x) { return x * logistic(x); },
       [](double x) { return logistic(x) * (1 + x * logistic(-x)); }},
  };
}

constexpr double functions_precision = sizeof(Scalar) == 4 ? 2e-6 : 1e-13;

void check_close(const Tensor& found, const std::function<double(std::int64_t)>& expected, double scale) {
  double worst = 0;
  for (std::int64_t i = 0; i < found.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(found.data()[i]) - expected(i)) / scale);
  CHECK(worst < functions_precision);
}

}  // namespace

// Sizes of one packet and a rest, and of more than one piece of 512.
TEST_CASE("element-wise functions and their gradients are those of the C library in double") {
  for (const Function& f : functions()) {
    for (const std::int64_t size : {1, 37, 1200}) {
      CAPTURE(f.name, size);
      const Tensor x = random_tensor({size}, f.low, f.high, "x"), g = random_tensor({size}, -1, 1, "g");
      const auto at = [&](std::int64_t i) { return static_cast<double>(x.data()[i]); };
      const auto upstream = [&](std::int64_t i) { return static_cast<double>(g.data()[i]); };
      const double scale = std::max(1.0, std::max(std::abs(f.exact(f.high)), std::abs(f.derivative(f.high))));
      Tensor y = Tensor::full({size}, NAN);
      f.value(x, y);
      check_close(
          y, [&](std::int64_t i) { return f.exact(at(i)); }, scale);
      Tensor gradient = Tensor::full({size}, NAN);
      f.gradient(g, x, y, gradient, false);
      check_close(
          gradient, [&](std::int64_t i) { return upstream(i) * f.derivative(at(i)); }, scale);
      gradient.fill(2);
      f.gradient(g, x, y, gradient, true);
      check_close(
          gradient, [&](std::int64_t i) { return 2 + upstream(i) * f.derivative(at(i)); }, scale);
    }
  }
}

TEST_CASE("results may be written over the input, with the same bits") {
  for (const Function& f : functions()) {
    CAPTURE(f.name);
    const Tensor x = random_tensor({1200}, f.low, f.high, "x"), g = random_tensor({1200}, -1, 1, "g");
    Tensor y = Tensor::empty(x.shape()), gradient = Tensor::empty(x.shape());
    f.value(x, y);
    f.gradient(g, x, y, gradient, false);
    Tensor in_place = x.clone(), over_g = g.clone();
    f.value(in_place, in_place);
    f.gradient(over_g, x, y, over_g, false);
    CHECK(in_place.to_doubles() == y.to_doubles());
    CHECK(over_g.to_doubles() == gradient.to_doubles());
  }
}

TEST_CASE("derivatives that are constant by pieces") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = Tensor::of({7}, {-2.0, -0.0, 0.0, 0.5, 1.0, 3.0, nan});
  Tensor out = Tensor::empty({7});
  const auto holds = [&](std::vector<double> expected) { CHECK(out.to_doubles() == expected); };
  kernels::positive(x, out);
  holds({0, 0, 0, 1, 1, 1, 0});
  kernels::not_positive(x, out);
  holds({1, 1, 1, 0, 0, 0, 1});
  kernels::abs_derivative(x, out);
  holds({-1, 0, 0, 1, 1, 1, 0});
  kernels::clamp_derivative(x, 0, 1, out);
  holds({0, 1, 1, 1, 1, 0, 0});
  kernels::leaky_relu_derivative(x, 0.25, out);
  holds({0.25, 0.25, 0.25, 1, 1, 1, 0.25});
}

TEST_CASE("a dense layer's bias and activation are those of two passes, and so is the gradient") {
  struct Case {
    Activation activation;
    std::function<double(double)> exact, derivative;
  };
  const std::vector<Case> cases{
      {Activation::relu, [](double x) { return std::max(x, 0.0); },
       [](double x) { return x > 0 ? 1.0 : 0.0; }},
      {Activation::leaky_relu, [](double x) { return x > 0 ? x : 0.5 * x; },
       [](double x) { return x > 0 ? 1.0 : 0.5; }},
      {Activation::elu, [](double x) { return x > 0 ? x : 0.5 * std::expm1(x); },
       [](double x) { return x > 0 ? 1.0 : 0.5 * std::exp(x); }},
      {Activation::tanh, [](double x) { return std::tanh(x); },
       [](double x) { return 1 - std::tanh(x) * std::tanh(x); }},
      {Activation::sigmoid, logistic, [](double x) { return logistic(x) * (1 - logistic(x)); }}};
  const Tensor z = random_tensor({5, 37}, -2, 2, "z"), bias = random_tensor({37}, -1, 1, "bias"),
               g = random_tensor({5, 37}, -1, 1, "g");
  for (const Case& c : cases) {
    for (const bool biased : {true, false}) {
      CAPTURE(static_cast<int>(c.activation), biased);
      const auto before = [&](std::int64_t i) {
        return static_cast<double>(z.data()[i]) + (biased ? static_cast<double>(bias.data()[i % 37]) : 0.0);
      };
      Tensor y = z.clone();
      kernels::add_bias_and_activate(y, biased ? bias : Tensor(), c.activation, 0.5);
      check_close(
          y, [&](std::int64_t i) { return c.exact(before(i)); }, 1);
      Tensor gradient = Tensor::full(z.shape(), NAN);
      kernels::activation_gradient(c.activation, 0.5, g, y, gradient);
      check_close(
          gradient,
          [&](std::int64_t i) { return static_cast<double>(g.data()[i]) * c.derivative(before(i)); }, 1);
    }
  }
  Tensor plain = z.clone();
  kernels::add_bias_and_activate(plain, bias, Activation::none, 0);
  check_close(
      plain,
      [&](std::int64_t i) {
        return static_cast<double>(z.data()[i]) + static_cast<double>(bias.data()[i % 37]);
      },
      1);
}

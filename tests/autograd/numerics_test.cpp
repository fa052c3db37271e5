#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

const double precision = sizeof(Scalar) == 4 ? 3e-7 : 1e-15;

double at(Variable (*function)(const Variable&), double x) {
  return function(Tensor::scalar(x)).item();
}

double slope_at(Variable (*function)(const Variable&), double x) {
  const Variable leaf = Variable::leaf(Tensor::scalar(x));
  return grad(function(leaf), std::span(&leaf, 1))[0].item();
}

double bce(double x, double t) {
  return bce_with_logits(Tensor::scalar(x), Tensor::scalar(t)).item();
}

// The largest relative error on a grid that fills whole vectors, where the vectorized code runs.
double largest_relative_error(Variable (*function)(const Variable&), double (*exact)(double), double low,
                              double high) {
  Tensor x = Tensor::empty({4096});
  for (std::int64_t i = 0; i < x.size(); ++i)
    x.data()[i] = static_cast<Scalar>(low + (high - low) * static_cast<double>(i) / 4095);
  const Tensor y = function(x).value();
  double error = 0;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const double expected = exact(static_cast<double>(x.data()[i]));
    error = std::max(error, std::abs(static_cast<double>(y.data()[i]) - expected) / std::abs(expected));
  }
  return error;
}

}  // namespace

TEST_CASE("softplus is exact for large arguments of either sign") {
  CHECK(at(softplus, 1000) == 1000);
  CHECK(at(softplus, -1000) == 0);
  CHECK(at(softplus, 0) == Approx(std::log(2)).epsilon(precision));
  CHECK(slope_at(softplus, 1000) == 1);
  CHECK(slope_at(softplus, -1000) == 0);
  CHECK(largest_relative_error(
            softplus, [](double x) { return std::log1p(std::exp(x)); }, -30, 30) < 4 * precision);
}

TEST_CASE("sigmoid keeps its relative precision in the tails") {
  CHECK(largest_relative_error(
            sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -30, 30) < 4 * precision);
  CHECK(at(sigmoid, 1000) == 1);
  CHECK(at(sigmoid, -1000) == Approx(0).margin(1e-37));
}

TEST_CASE("elu keeps its relative precision near zero") {
  CHECK(largest_relative_error([](const Variable& x) { return elu(x); },
                               [](double x) { return std::expm1(x); }, -5, -1e-6) < 4 * precision);
}

TEST_CASE("gelu is x times the normal distribution function") {
  const auto exact = [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); };
  for (const double x : {-3.0, -1.0, -0.1, 0.0, 0.5, 2.0, 6.0})
    CHECK(at(gelu, x) == Approx(exact(x)).margin(10 * precision));
}

TEST_CASE("the cross-entropy of logits is exact for large logits") {
  CHECK(bce(1000, 1) == 0);
  CHECK(bce(-1000, 0) == 0);
  CHECK(bce(1000, 0) == 1000);
  CHECK(bce(-1000, 1) == 1000);
  CHECK(bce(0, 0.3) == Approx(std::log(2)).epsilon(precision));
  rc::check("it is the definition's where the definition can be computed", [] {
    const double x = *rc::gen::inRange(-1000, 1001) * 0.01, t = *rc::gen::inRange(0, 101) * 0.01;
    const double s = 1 / (1 + std::exp(-x));
    RC_ASSERT(bce(x, t) == Approx(-t * std::log(s) - (1 - t) * std::log(1 - s)).epsilon(1e-5).margin(1e-6));
  });
}

TEST_CASE("log softmax: its exponentials sum to one, and large logits do no harm") {
  const Variable x = Tensor::of({2, 3}, {1000, 0, -1000, 1e4, 1e4, 1e4});
  const auto y = log_softmax(x).value().to_doubles();
  CHECK(y == std::vector<double>{0, -1000, -2000, y[3], y[3], y[3]});
  CHECK(y[3] == Approx(-std::log(3.0)).margin(2e-3));  // 1e4 - log 3 has that few digits left in float
  const Variable sums = sum_features(exp(log_softmax(random_tensor({33, 17}, -5, 5))));
  for (const double total : sums.value().to_doubles()) CHECK(total == Approx(1).epsilon(1e-6));
}

TEST_CASE("what is not a number stays so, wherever it stands") {
  const auto nan = std::numeric_limits<Scalar>::quiet_NaN();
  Tensor x = Tensor::full({37}, 0.5);
  const std::vector<Variable (*)(const Variable&)> functions{
      exp,
      log,
      sqrt,
      square,
      abs,
      sin,
      cos,
      tanh,
      sigmoid,
      softplus,
      relu,
      gelu,
      [](const Variable& v) { return leaky_relu(v); },
      [](const Variable& v) { return elu(v); },
      [](const Variable& v) { return clamp(v, -1, 1); }};
  for (std::size_t f = 0; f < functions.size(); ++f) {
    for (const std::int64_t place : {0, 20, 36}) {
      CAPTURE(f, place);
      x.data()[place] = nan;
      const Tensor y = functions[f](x).value();
      for (std::int64_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y.data()[i]) == (i == place));
      x.data()[place] = Scalar(0.5);
    }
  }
}

TEST_CASE("sums of many numbers keep their precision") {
  const std::int64_t count = 1'000'003;
  const Variable x = Tensor::full({count}, 0.1);
  const double exact = static_cast<double>(static_cast<Scalar>(0.1)) * static_cast<double>(count);
  CHECK(sum(x).item() == Approx(exact).epsilon(1e-6));
  CHECK(sum_batch(reshape(x, {count, 1})).value().to_doubles()[0] == Approx(exact).epsilon(1e-6));
  const Variable columns = Tensor::full({100'000, 5}, 0.1);
  for (const double total : sum_batch(columns).value().to_doubles())
    CHECK(total == Approx(exact * 100'000 / static_cast<double>(count)).epsilon(1e-5));
}

TEST_CASE("derivatives at the kinks are those of the documentation") {
  CHECK(slope_at(abs, 0) == 0);
  CHECK(slope_at(relu, 0) == 0);
  CHECK(slope_at([](const Variable& x) { return clamp(x, 0, 1); }, 2) == 0);
  CHECK(slope_at([](const Variable& x) { return pow(x, 2); }, 0) == 0);
  CHECK(slope_at([](const Variable& x) { return pow(x, 1); }, 0) == 1);
}

TEST_CASE("shapes that do not fit are told by op and shape") {
  const Variable a = Tensor::zeros({2, 3}), b = Tensor::zeros({4}), number = Variable::scalar(1);
  const auto tells = [](const std::string& op, const std::string& shape) {
    return Catch::Predicate<Error>(
        [=](const Error& error) {
          const std::string text = error.what();
          return text.find(op) != std::string::npos && text.find(shape) != std::string::npos;
        },
        "its message names " + op + " and " + shape);
  };
  CHECK_THROWS_MATCHES(a + b, Error, tells("'add'", "(2, 3) and (4)"));
  CHECK_THROWS_MATCHES(a * Variable(Tensor::zeros({2})), Error, tells("'multiply'", "(2)"));
  CHECK_THROWS_MATCHES(Variable(Tensor::zeros({2, 1})) - Variable(Tensor::zeros({3})), Error,
                       tells("'subtract'", "(2, 1)"));
  CHECK_THROWS_MATCHES(Variable(Tensor::zeros({2, 3, 4})) / Variable(Tensor::zeros({2, 1, 4})), Error,
                       tells("'divide'", "(2, 1, 4)"));
  CHECK_THROWS_MATCHES(matmul(a, b), Error, tells("'matmul'", "(4)"));
  CHECK_THROWS_MATCHES(matmul(a, a), Error, tells("'matmul'", "(2, 3) and (2, 3)"));
  CHECK_THROWS_MATCHES(dense(a, a, Variable()), Error, tells("'dense'", "(2, 3)"));
  CHECK_THROWS_MATCHES(dense(a, Tensor::zeros({3, 5}), b), Error, tells("'dense'", "(4)"));
  CHECK_THROWS_MATCHES(dense(a, Tensor::zeros({3, 5}), Variable(), Activation::leaky_relu, -1), Error,
                       tells("'dense'", "-1"));
  CHECK_THROWS_MATCHES(reshape(a, {7}), Error, tells("'reshape'", "(7)"));
  CHECK_THROWS_MATCHES(sum_to(a, {4}), Error, tells("'sum_to'", "(4)"));
  CHECK_THROWS_MATCHES(broadcast_to(a, {4}), Error, tells("'broadcast_to'", "(4)"));
  CHECK_THROWS_MATCHES(sum_features(number), Error, tells("'sum_features'", "()"));
  CHECK_THROWS_MATCHES(sum_batch(number), Error, tells("'sum_batch'", "()"));
  CHECK_THROWS_MATCHES(concatenate_features(a, b), Error, tells("'concatenate_features'", "(4)"));
  CHECK_THROWS_MATCHES(concatenate_batch(a, b), Error, tells("'concatenate_batch'", "(4)"));
  CHECK_THROWS_MATCHES(slice_features(a, 2, 4), Error, tells("'slice_features'", "(2, 3)"));
  CHECK_THROWS_MATCHES(slice_last(a, 2, 4), Error, tells("'slice_last'", "(2, 3)"));
  CHECK_THROWS_MATCHES(concatenate_last(a, b), Error, tells("'concatenate_last'", "(4)"));
  CHECK_THROWS_MATCHES(sum_row_groups(a, 3), Error, tells("'sum_row_groups'", "(2, 3)"));
  CHECK_THROWS_MATCHES(argmax(b), Error, tells("'argmax'", "(4)"));
  CHECK_THROWS_MATCHES(slice_batch(a, -1, 1), Error, tells("'slice_batch'", "(2, 3)"));
  CHECK_THROWS_MATCHES(bce_with_logits(a, b), Error, tells("'bce_with_logits'", "(4)"));
  CHECK_THROWS_MATCHES(log_softmax(b), Error, tells("'log_softmax'", "(4)"));
  CHECK_THROWS_MATCHES(pick(a, b.value()), Error, tells("'pick'", "(4)"));
  CHECK_THROWS_MATCHES(pick(a, Tensor::of({2}, {0, 3})), Error, tells("'pick'", "index 3 of row 1"));
  CHECK_THROWS_MATCHES(pick(a, Tensor::of({2}, {0.5, 1})), Error, tells("'pick'", "0.5"));
  CHECK_THROWS_MATCHES(clamp(a, 1, 0), Error, tells("'clamp'", "1"));
  CHECK_THROWS_MATCHES(mean(Tensor::zeros({0})), Error, tells("'mean'", "(0)"));
  CHECK_THROWS_MATCHES(batch_normalize(b, b, b), Error, tells("'batch_normalize'", "(4)"));
}

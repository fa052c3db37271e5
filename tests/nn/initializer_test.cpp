#include "descent/nn/initializer.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "support/diagnostic_lines.hpp"
#include "support/gradient_check.hpp"

using namespace descent;

namespace {

Tensor initialized(const Initializer& initializer, const Shape& shape, const Fan& fan,
                   std::uint64_t seed = 1) {
  Tensor result = Tensor::empty(shape);
  RandomStream random(stream_key(seed, "weight"));
  initializer(result, fan, random);
  return result;
}

double mean_square(const Tensor& tensor) {
  double total = 0;
  for (const double value : tensor.to_doubles()) total += value * value;
  return total / static_cast<double>(tensor.size());
}

double largest(const Tensor& tensor) {
  double result = 0;
  for (const double value : tensor.to_doubles()) result = std::max(result, std::abs(value));
  return result;
}

}  // namespace

TEST_CASE("variances and limits are the published ones") {
  const Fan fan{300, 200};
  const Shape shape{300, 200};
  struct Case {
    const char* name;
    Initializer initializer;
    double variance;
    bool uniform;
  };
  const std::vector<Case> cases{
      {"fan_in_uniform", initialize::fan_in_uniform(), 1.0 / (3 * 300),
       true},  // Glorot and Bengio 2010, equation 1
      {"glorot_uniform", initialize::glorot_uniform(), 2.0 / 500, true},  // equations 12 and 16
      {"glorot_normal", initialize::glorot_normal(), 2.0 / 500, false},
      {"he_uniform", initialize::he_uniform(), 2.0 / 300, true},  // He et al. 2015, equation 10
      {"he_normal", initialize::he_normal(), 2.0 / 300, false},
      {"lecun_uniform", initialize::lecun_uniform(), 1.0 / 300, true},  // LeCun et al. 1998, equation 16
      {"lecun_normal", initialize::lecun_normal(), 1.0 / 300, false},
      {"normal", initialize::normal(0.02), 0.0004, false},
      {"uniform", initialize::uniform(-0.3, 0.3), 0.03, true},
  };
  for (const Case& test : cases) {
    CAPTURE(test.name);
    const Tensor weights = initialized(test.initializer, shape, fan);
    // The relative standard error of the variance of 60000 numbers is sqrt(2/60000) or less.
    CHECK(mean_square(weights) == Approx(test.variance).epsilon(5 * std::sqrt(2.0 / 60000)));
    const double limit = std::sqrt(3 * test.variance);
    CHECK((largest(weights) <= limit * (1 + 1e-6)) == test.uniform);
    if (test.uniform) CHECK(largest(weights) > 0.999 * limit);
  }
}

TEST_CASE(
    "in a deep linear network the baseline shrinks variances to a third per layer, the normalized one keeps "
    "them") {
  // Glorot and Bengio 2010, section 4.2.1: Var[z] is multiplied by n·Var[W] in each layer.
  const std::int64_t width = 400, batch = 200;
  const int depth = 5;
  const auto factor_per_layer = [&](const Initializer& initializer) {
    NoGrad guard;
    Tensor input = Tensor::empty({batch, width});
    RandomStream(stream_key(3, "input")).normal(input.data(), input.size());
    Variable z = input;
    for (int layer = 0; layer < depth; ++layer)
      z = matmul(z,
                 initialized(initializer, {width, width}, {width, width}, static_cast<std::uint64_t>(layer)));
    return std::pow(mean_square(z.value()) / mean_square(input), 1.0 / depth);
  };
  CHECK(factor_per_layer(initialize::fan_in_uniform()) == Approx(1.0 / 3).epsilon(0.02));
  CHECK(factor_per_layer(initialize::glorot_uniform()) == Approx(1).epsilon(0.02));
  CHECK(factor_per_layer(initialize::glorot_normal()) == Approx(1).epsilon(0.02));
}

TEST_CASE("orthogonal weights have orthonormal rows or columns, times the gain") {
  for (const Shape& shape : {Shape{17, 5}, Shape{5, 17}, Shape{33, 33}, Shape{4, 2, 3}, Shape{1, 1}}) {
    CAPTURE(shape.text());
    Tensor w = initialized(initialize::orthogonal(3), shape, {});
    const Variable matrix = w.reshaped({w.rows(), w.columns()});
    const bool tall = w.rows() >= w.columns();
    const Tensor product = matmul(matrix, matrix, tall, !tall).value();
    for (std::int64_t i = 0; i < product.rows(); ++i)
      for (std::int64_t j = 0; j < product.columns(); ++j)
        CHECK(static_cast<double>(product.data()[i * product.columns() + j]) ==
              Approx(i == j ? 9 : 0).margin(1e-5));
  }
  // Uniformly distributed: the trace of a random orthogonal matrix has mean 0 and variance 1 (without R's
  // signs the mean would not be 0).
  double sum = 0;
  const int count = 400;
  for (int i = 0; i < count; ++i) {
    const Tensor w = initialized(initialize::orthogonal(), {3, 3}, {}, static_cast<std::uint64_t>(i));
    sum += static_cast<double>(w.data()[0] + w.data()[4] + w.data()[8]);
  }
  CHECK(sum / count == Approx(0).margin(4 / std::sqrt(count)));
}

TEST_CASE("given values are taken, and must be as many as the parameter holds") {
  const Tensor w = initialized(initialize::values({1, 2, 3, 4}), {2, 2}, {});
  CHECK(w.to_doubles() == std::vector<double>{1, 2, 3, 4});
  CHECK_THROWS_AS(initialized(initialize::values({1, 2, 3}), {2, 2}, {}), Error);
  CHECK(initialized(initialize::constant(0.5), {3}, {}).to_doubles() == std::vector<double>(3, 0.5));
}

TEST_CASE("descriptions name initializers") {
  Diagnostics diagnostics;
  const Fan fan{4, 4};
  const auto parse = [&](const Value& value) { return initialize::parse(value, diagnostics); };
  const auto he = parse(Value::of("he_normal"));
  CHECK(initialized(he.weights, {4, 4}, fan).to_doubles() ==
        initialized(initialize::he_normal(), {4, 4}, fan).to_doubles());
  CHECK(initialized(he.biases, {4}, fan).to_doubles() == std::vector<double>(4, 0));
  CHECK(largest(initialized(parse(Value::of("fan_in_uniform")).biases, {4}, fan)) > 0);
  const auto uniform = parse(Value::map({{"uniform", Value::of(0.05), {}}}));
  CHECK(initialized(uniform.weights, {9}, fan).to_doubles() ==
        initialized(initialize::uniform(-0.05, 0.05), {9}, fan).to_doubles());
  CHECK(initialized(parse(Value::map({{"constant", Value::of(2), {}}})).weights, {2}, fan).to_doubles() ==
        std::vector<double>{2, 2});
  for (const std::string& name : initialize::names()) {
    CAPTURE(name);
    const bool takes_number = name == "normal" || name == "uniform" || name == "constant";
    const Value value = takes_number ? Value::map({{name, Value::of(0.5), {}}}) : Value::of(name);
    CHECK(largest(initialized(parse(value).weights, {4, 4}, fan)) > 0);
  }
  CHECK(diagnostics.empty());
}

TEST_CASE("wrong descriptions of initializers are told with their place") {
  const auto message = [](Value value) {
    Diagnostics diagnostics;
    initialize::parse(value.at({"net.yaml", 3, 7}), diagnostics);
    return diagnostics.size() == 1 ? descent::testing::lines_of(diagnostics)[0]
                                   : std::string("not one problem");
  };
  CHECK(message(Value::of("glorot_unifrom")) ==
        "net.yaml:3:7: there is no initializer 'glorot_unifrom'; did you mean 'glorot_uniform'?");
  CHECK(message(Value::of("normal")) ==
        "net.yaml:3:7: initializer 'normal' needs its standard deviation, as in {normal: 0.02}");
  CHECK_THAT(message(Value::of(3)), Catch::Contains("the number 3"));
  CHECK_THAT(message(Value::map({{"he_normal", Value::of(2), {}}})), Catch::Contains("takes no number"));
  CHECK_THAT(message(Value::map({{"normal", Value::of("much"), {}}})), Catch::Contains("'much'"));
  CHECK_THAT(message(Value::map()), Catch::Contains("a map"));
}

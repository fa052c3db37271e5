#include "support/layers.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/nn/dropout.hpp"
#include "support/gradient_check.hpp"
#include "support/materialize.hpp"
#include "support/sine_fill.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;
using testing::sine_fill;

namespace {

Pass training(std::int64_t step = 1) {
  return Pass(Mode::training, 1, step, 0, BufferUpdates::staged);
}
Pass evaluation() {
  return Pass(Mode::evaluation, 1, 1, 0, BufferUpdates::none);
}

}  // namespace

TEST_CASE("dropout drops at its rate and keeps the expectation; evaluation changes nothing") {
  const std::int64_t count = 100'000;
  const Variable x = Tensor::full({count}, 2);
  for (const double rate : {0.1, 0.5, 0.9}) {
    CAPTURE(rate);
    Pass pass = training();
    const Variable y = dropout(x, rate, pass);
    double zeros = 0, total = 0;
    for (const double value : y.value().to_doubles()) {
      zeros += value == 0 ? 1 : 0;
      total += value;
      if (value != 0) REQUIRE(value == Approx(2 / (1 - rate)));
    }
    const double error = 5 * std::sqrt(rate * (1 - rate) / static_cast<double>(count));
    CHECK(zeros / static_cast<double>(count) == Approx(rate).margin(error));
    CHECK(total / static_cast<double>(count) == Approx(2).margin(2 * error / (1 - rate)));
    CHECK(dropout(x, rate, pass).value().to_doubles() != y.value().to_doubles());
    Pass again = training(), later = evaluation();
    CHECK(dropout(x, rate, again).value().to_doubles() == y.value().to_doubles());
    CHECK(dropout(x, rate, later).value().to_doubles() == x.value().to_doubles());
  }
  Pass pass = training();
  CHECK(dropout(x, 0, pass).value().to_doubles() == x.value().to_doubles());
  CHECK_THROWS_AS(dropout(x, 1, pass), Error);
  CHECK_THROWS_AS(dropout(x, -0.1, pass), Error);
}

TEST_CASE("dropout's gradient passes where the value did") {
  const auto function = [](std::span<const Variable> v) {
    Pass pass = training();
    return square(dropout(v[0], 0.4, pass));
  };
  CHECK(gradient_mismatch(function, {random_tensor({17, 3}, -1, 1)}) == "");
}

TEST_CASE("batch normalization: each channel has mean 0 and variance 1 before scale and shift") {
  for (const Shape& shape : {Shape{64, 3}, Shape{16, 4, 2, 3}}) {
    CAPTURE(shape.text());
    const testing::BuiltLayer layer("batch_norm", shape.row());
    const Registrar& registrar = layer.registrar;
    registrar.parameters()[0]->value.fill(2);
    registrar.parameters()[1]->value.fill(5);
    Pass pass = training();
    const Tensor y = layer.forward(random_tensor(shape, 3, 7), pass).value();
    const std::int64_t count = shape.size() / 3;
    std::vector<double> sums(3), squares(3);
    for (std::int64_t i = 0; i < y.size(); ++i) {
      const auto channel = static_cast<std::size_t>(i % 3);
      const double value = (static_cast<double>(y.data()[i]) - 5) / 2;
      sums[channel] += value;
      squares[channel] += value * value;
    }
    for (std::size_t channel = 0; channel < 3; ++channel) {
      CHECK(sums[channel] / static_cast<double>(count) == Approx(0).margin(1e-5));
      CHECK(squares[channel] / static_cast<double>(count) == Approx(1).epsilon(1e-4));
    }
  }
}

TEST_CASE("batch normalization stages its running statistics and shows them when they are committed") {
  const testing::BuiltLayer layer("batch_norm", {1});
  const Registrar& registrar = layer.registrar;
  Buffer &mean = *registrar.buffers()[0], &variance = *registrar.buffers()[1];
  CHECK(mean.name() == "net.0.running_mean");
  CHECK(variance.name() == "net.0.running_variance");
  CHECK(registrar.parameters()[0]->name == "net.0.scale");
  CHECK(registrar.parameters()[1]->name == "net.0.shift");
  const Variable x = Tensor::of({4, 1}, {1, 2, 3, 6});  // mean 3, unbiased variance 14/3
  Pass pass = training();
  layer.forward(x, pass);
  CHECK(mean.value().item() == 0);
  CHECK(variance.value().item() == 1);
  mean.commit();
  variance.commit();
  CHECK(mean.value().item() == Approx(0.1 * 3));
  CHECK(variance.value().item() == Approx(0.9 + 0.1 * 14 / 3));

  Pass probe(Mode::training, 1, 1, 0, BufferUpdates::none), metric = evaluation();
  layer.forward(x, probe);
  const Variable y = layer.forward(x, metric);
  mean.commit();
  variance.commit();
  CHECK(mean.value().item() == Approx(0.3));
  CHECK(static_cast<double>(y.value().data()[3]) == Approx((6 - 0.3) / std::sqrt(0.9 + 1.4 / 3 + 1e-5)));
}

TEST_CASE("batch statistics follow every training forward of an update, in order") {
  const testing::BuiltLayer layer("batch_norm", {1});
  Buffer &mean = *layer.registrar.buffers()[0], &variance = *layer.registrar.buffers()[1];
  const Variable first = Tensor::of({4, 1}, {1, 2, 3, 6});   // mean 3, unbiased variance 14/3
  const Variable second = Tensor::of({4, 1}, {0, 0, 4, 4});  // mean 2, unbiased variance 16/3
  Pass pass = training();
  layer.forward(first, pass);
  layer.forward(second, pass);
  CHECK(mean.value().item() == 0);
  mean.commit();
  variance.commit();
  CHECK(mean.value().item() == Approx(0.09 * 3 + 0.1 * 2));
  CHECK(variance.value().item() == Approx(0.81 + 0.09 * 14 / 3 + 0.1 * 16 / 3));

  // Fakes, real examples and fakes again, for ever: real examples have the weight 0.9·0.1/(1 − 0.9³).
  const Variable fake = Tensor::of({2, 1}, {-1, 1}), real = Tensor::of({2, 1}, {0, 2});
  for (int step = 0; step < 200; ++step) {
    for (const Variable& x : {fake, real, fake}) layer.forward(x, pass);
    mean.commit();
  }
  CHECK(mean.value().item() == Approx(0.9 * 0.1 / (1 - 0.9 * 0.9 * 0.9)).epsilon(1e-5));
}

TEST_CASE("batch normalization has right gradients in training and in evaluation") {
  const testing::BuiltLayer layer("batch_norm", {3});
  const Registrar& registrar = layer.registrar;
  registrar.parameters()[0]->value.copy_from(random_tensor({3}, 0.5, 2, "scale"));
  auto leaves = testing::variables(registrar);
  leaves.push_back(Variable::leaf(random_tensor({17, 3}, -1, 1)));
  for (const Mode mode : {Mode::training, Mode::evaluation}) {
    const auto function = [&] {
      Pass pass(mode, 1, 1, 0, BufferUpdates::none);
      return square(layer.forward(leaves.back(), pass));
    };
    CHECK(gradient_mismatch(function, leaves) == "");
  }
}

TEST_CASE("layer, instance, group and pixel normalization: exact values and their gradients") {
  // Computed in double with numpy and checked against torch, the derivatives by complex step.
  struct Expected {
    const char* yaml;
    double first, last, square_sum, loss, dx, penalty, second, second_squares;
  };
  const Shape shape{4, 3, 3, 4};
  for (const Expected& expected :
       {Expected{"layer_norm", 1.69018128, -1.49671219, 208.003491, 2.99825416, 0.268808626, 1422.80584,
                 -94.1082822, 284730.568},
        Expected{"{layer_norm: {over: channels}}", 1.04161997, -1.0643663, 202.643153, 13.3514099,
                 -3.10468153, 1612.91191, -89.5963235, 13072264},
        Expected{"instance_norm", 2.48094719, -1.54149774, 224.665633, -1.39822323, 4.44860267, 1308.85484,
                 -88.0721709, 455871.307},
        Expected{"{group_norm: 1}", 1.69018128, -1.49671219, 208.003491, 2.99825416, 0.268808626, 1422.80584,
                 -94.1082822, 284730.568},
        Expected{"{group_norm: 4}", 2.48094719, -1.54149774, 224.665633, -1.39822323, 4.44860267, 1308.85484,
                 -88.0721709, 455871.307},
        Expected{"pixel_norm", 1.16140386, -1.23775074, 143.999997, -6.58511602, -0.582712261, 522.139613,
                 -11.5915167, 235865.496}}) {
    CAPTURE(expected.yaml);
    const testing::BuiltLayer layer(expected.yaml, shape.row());
    if (!layer.registrar.parameters().empty()) {
      layer.registrar.parameters()[0]->value.copy_from(sine_fill(0.3, 1, {4}, 0.5, 1));
      layer.registrar.parameters()[1]->value.copy_from(sine_fill(0.6, 1, {4}, 0.5));
    }
    Pass pass = training();
    const Variable x = Variable::leaf(sine_fill(1, 0.7, shape));
    const Variable y = layer.forward(x, pass);
    const Variable loss = sum(Variable(sine_fill(0.4, 1.1, shape)) * square(y));
    const double tolerance = sizeof(Scalar) == sizeof(double) ? 1e-7 : 1e-4;
    const std::vector<double> values = y.value().to_doubles();
    CHECK(values.front() == Approx(expected.first).epsilon(tolerance));
    CHECK(values.back() == Approx(expected.last).epsilon(tolerance));
    CHECK(sum(square(y)).item() == Approx(expected.square_sum).epsilon(tolerance));
    CHECK(loss.item() == Approx(expected.loss).epsilon(10 * tolerance));
    const Variable inputs[] = {x};
    const Variable dx = grad(loss, inputs, {.create_graph = true})[0];
    CHECK(dx.value().to_doubles()[0] == Approx(expected.dx).epsilon(10 * tolerance));
    const Variable penalty = sum(square(dx));
    CHECK(penalty.item() == Approx(expected.penalty).epsilon(10 * tolerance));
    const Variable second = grad(penalty, inputs)[0];
    CHECK(second.value().to_doubles()[0] == Approx(expected.second).epsilon(20 * tolerance));
    CHECK(sum(square(second)).item() == Approx(expected.second_squares).epsilon(20 * tolerance));
  }
}

TEST_CASE("instance normalization: exact gradients of the scale, to second order") {
  const Shape shape{4, 3, 3, 4};
  const testing::BuiltLayer layer("instance_norm", shape.row());
  layer.registrar.parameters()[0]->value.copy_from(sine_fill(0.3, 1, {4}, 0.5, 1));
  layer.registrar.parameters()[1]->value.copy_from(sine_fill(0.6, 1, {4}, 0.5));
  Pass pass = training();
  const Variable x = Variable::leaf(sine_fill(1, 0.7, shape)),
                 scale = layer.registrar.parameters()[0]->variable;
  const Variable loss = sum(Variable(sine_fill(0.4, 1.1, shape)) * square(layer.forward(x, pass)));
  const Variable of_both[] = {x, scale}, of_scale[] = {scale};
  const Variables gradients = grad(loss, of_both, {.create_graph = true});
  const double tolerance = sizeof(Scalar) == sizeof(double) ? 1e-7 : 1e-3;
  CHECK(gradients[1].value().to_doubles()[0] == Approx(-13.8340699).epsilon(tolerance));
  CHECK(sum(square(gradients[1])).item() == Approx(995.318068).epsilon(tolerance));
  CHECK(grad(sum(square(gradients[0])), of_scale)[0].value().to_doubles()[0] ==
        Approx(729.288999).epsilon(tolerance));
}

TEST_CASE("channels that do not divide into groups, and groups of one number, are errors") {
  CHECK_THROWS_WITH(testing::BuiltLayer("{group_norm: 4}", {5, 5, 6}),
                    Catch::Contains("cannot divide the 6 channels of (5, 5, 6) into 4 groups of equal size"));
  CHECK_THROWS_WITH(testing::BuiltLayer("{group_norm: 6}", {6}), Catch::Contains("two numbers or more"));
  CHECK_THROWS_WITH(testing::BuiltLayer("instance_norm", {6}), Catch::Contains("two numbers or more"));
  CHECK_THROWS_WITH(testing::BuiltLayer("self_attention2d", {6}),
                    Catch::Contains("(height, width, channels)"));
  CHECK_THROWS_WITH(testing::BuiltLayer("diff_augment", {4, 6}),
                    Catch::Contains("(height, width, channels)"));
}

TEST_CASE("maxout takes the largest piece of each unit: exact values and gradients") {
  // Computed with numpy in double, dx by complex step, second derivatives by finite differences.
  const testing::BuiltLayer layer("{maxout: {units: 2, pieces: 5}}", {3});
  layer.registrar.parameters()[0]->value.copy_from(sine_fill(2, 0.9, {3, 10}));
  layer.registrar.parameters()[1]->value.copy_from(sine_fill(0.3, 0.5, {10}, 0.3));
  Pass pass = training();
  const Variable x = Variable::leaf(sine_fill(1, 0.7, {4, 3})),
                 weight = layer.registrar.parameters()[0]->variable;
  const Variable y = layer.forward(x, pass);
  const double tolerance = sizeof(Scalar) == sizeof(double) ? 1e-7 : 1e-4;
  CHECK_THAT(y.value().to_doubles(),
             Catch::Matchers::Approx(std::vector<double>{1.02561958, 1.21397324, 1.36421573, 0.401583975,
                                                         0.274473985, 1.55797151, 2.13028465, 0.970642207})
                 .epsilon(tolerance));
  const Variable loss = sum(square(y)), inputs[] = {x, weight}, weights[] = {weight};
  CHECK(loss.item() == Approx(12.5308509).epsilon(tolerance));
  const Variables first = grad(loss, inputs, {.create_graph = true});
  CHECK(first[0].value().to_doubles()[0] == Approx(0.862449681).epsilon(10 * tolerance));
  CHECK(sum(square(first[1])).item() == Approx(101.816909).epsilon(10 * tolerance));
  const Variable penalty = sum(square(first[0]));
  CHECK(penalty.item() == Approx(113.993321).epsilon(10 * tolerance));
  const Variable second = grad(penalty, weights)[0];
  CHECK(sum(second).item() == Approx(187.115298).epsilon(10 * tolerance));
  CHECK(sum(square(second)).item() == Approx(35264.9308).epsilon(10 * tolerance));
}

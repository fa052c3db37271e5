#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"
#include "support/layers.hpp"
#include "support/materialize.hpp"
#include "support/numbers.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;

namespace {

Pass random_training(std::int64_t step = 1) {
  return Pass(Mode::training, 1, step, 0, BufferUpdates::staged);
}
Pass plain_evaluation() {
  return Pass(Mode::evaluation, 1, 1, 0, BufferUpdates::none);
}

}  // namespace

TEST_CASE("noise has the standard deviation of its schedule in training, and is absent in evaluation") {
  const testing::BuiltLayer layer("{noise: {stddev: {schedule: linear, from: 0.5, to: 0, steps: 10}}}",
                                  {1000});
  const Variable x = Tensor::full({50, 1000}, 3);
  const auto deviation = [&](std::int64_t step) {
    Pass pass = random_training(step);
    return std::sqrt(mean(square(layer.forward(x, pass) - 3.0)).item());
  };
  CHECK(deviation(1) == Approx(0.5).epsilon(0.02));
  CHECK(deviation(6) == Approx(0.25).epsilon(0.02));
  CHECK(deviation(11) == 0);
  Pass evaluation = plain_evaluation(), first = random_training(), again = random_training(),
       before(Mode::training, 1, 0, 0, BufferUpdates::none);
  CHECK(layer.forward(x, evaluation).value().to_doubles() == x.value().to_doubles());
  CHECK(layer.forward(x, first).value().to_doubles() == layer.forward(x, again).value().to_doubles());
  CHECK(std::sqrt(mean(square(layer.forward(x, before) - 3.0)).item()) == Approx(0.5).epsilon(0.02));
}

TEST_CASE("the deviation of a minibatch is that of its groups, of examples that lie groups apart") {
  const testing::BuiltLayer layer("{minibatch_stddev: 2}", {1});
  const auto appended = [&](const std::vector<double>& numbers) {
    Pass pass = random_training();
    const auto rows = static_cast<std::int64_t>(numbers.size());
    const Tensor y = layer.forward(Tensor::of({rows, 1}, numbers), pass).value();
    REQUIRE(y.shape() == Shape{rows, 2});
    std::vector<double> result;
    for (std::int64_t i = 0; i < rows; ++i) result.push_back(static_cast<double>(y.data()[2 * i + 1]));
    return result;
  };
  const auto about = [](const std::vector<double>& numbers) {
    return Catch::Matchers::Approx(numbers).margin(2e-4);
  };
  CHECK_THAT(appended({1, 10, 3, 16}), about({1, 3, 1, 3}));         // groups (1, 3) and (10, 16)
  CHECK_THAT(appended({1, 10, 3, 16, 99}), about({1, 3, 1, 3, 1}));  // the last has no part in its group's
  CHECK_THAT(appended({1, 5, 9}), about({std::sqrt(32.0 / 3), std::sqrt(32.0 / 3), std::sqrt(32.0 / 3)}));
  CHECK_THAT(appended({4, 4}), about({0, 0}));
  CHECK_THROWS_WITH(appended({4}), Catch::Contains("two examples or more"));
}

TEST_CASE(
    "the deviation of images is the mean over their numbers, on a channel of its own; evaluation takes the "
    "average") {
  const testing::BuiltLayer layer("minibatch_stddev", {3, 2, 2});
  Buffer& average = *layer.registrar.buffers()[0];
  const Tensor x = random_tensor({4, 3, 2, 2}, -1, 1);
  Pass training_pass = random_training(), evaluation = plain_evaluation();
  const Tensor y = layer.forward(x, training_pass).value();
  REQUIRE(y.shape() == Shape{4, 3, 2, 3});
  const std::vector<double> numbers = x.to_doubles();
  double expected = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    double mean_value = 0, variance = 0;
    for (std::size_t n = 0; n < 4; ++n) mean_value += numbers[n * 12 + i] / 4;
    for (std::size_t n = 0; n < 4; ++n)
      variance += (numbers[n * 12 + i] - mean_value) * (numbers[n * 12 + i] - mean_value) / 4;
    expected += std::sqrt(variance + 1e-8) / 12;
  }
  for (std::int64_t place = 0; place < 24; ++place) {
    CHECK(static_cast<double>(y.data()[place * 3 + 2]) == Approx(expected).epsilon(1e-5));
    CHECK(y.data()[place * 3] == x.data()[place * 2]);
  }
  average.commit();
  CHECK(average.value().item() == Approx(0.1 * expected).epsilon(1e-5));
  CHECK(static_cast<double>(layer.forward(x, evaluation).value().data()[2]) ==
        Approx(0.1 * expected).epsilon(1e-5));
  const auto function = [&](std::span<const Variable> v) {
    Pass pass = random_training();
    return square(layer.forward(v[0], pass));
  };
  CHECK(gradient_mismatch(function, {x}) == "");
}

TEST_CASE("self-attention starts as the identity, and is the weighted mean of its definition") {
  const testing::BuiltLayer layer("{self_attention2d: {key_channels: 2, value_channels: 3}}", {2, 3, 4});
  const auto& parameters = layer.registrar.parameters();
  REQUIRE(parameters.size() == 5);
  CHECK(parameters[4]->name == "net.0.gamma");
  const Tensor x = random_tensor({2, 2, 3, 4}, -1, 1);
  Pass pass = plain_evaluation();
  CHECK(layer.forward(x, pass).value().to_doubles() == x.to_doubles());

  parameters[4]->value.fill(0.7);
  const std::vector<double> result = layer.forward(x, pass).value().to_doubles(), in = x.to_doubles();
  // Σ_c x[n, position, c]·W[c, k].
  const auto projected = [&](std::size_t which, std::size_t n, std::size_t position, std::size_t k) {
    const Tensor& weight = parameters[which]->value;
    double total = 0;
    for (std::size_t c = 0; c < 4; ++c)
      total += in[(n * 6 + position) * 4 + c] *
               weight.to_doubles()[c * static_cast<std::size_t>(weight.columns()) + k];
    return total;
  };
  const std::vector<double> output = parameters[3]->value.to_doubles();
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t j = 0; j < 6; ++j) {
      std::vector<double> weights(6);
      double total = 0;
      for (std::size_t i = 0; i < 6; ++i) {
        double score = 0;
        for (std::size_t k = 0; k < 2; ++k) score += projected(0, n, i, k) * projected(1, n, j, k);
        total += weights[i] = std::exp(score);
      }
      for (std::size_t c = 0; c < 4; ++c) {
        double attended = 0;
        for (std::size_t k = 0; k < 3; ++k)
          for (std::size_t i = 0; i < 6; ++i)
            attended += weights[i] / total * projected(2, n, i, k) * output[k * 4 + c];
        const std::size_t place = (n * 6 + j) * 4 + c;
        REQUIRE(result[place] == Approx(in[place] + 0.7 * attended).margin(1e-5));
      }
    }
  }
}

TEST_CASE("diff_augment changes nothing in evaluation, and each image in its own way in training") {
  const testing::BuiltLayer layer("diff_augment", {8, 8, 3});
  const Tensor x = random_tensor({16, 8, 8, 3}, 0, 1);
  Pass evaluation = plain_evaluation(), first = random_training(), again = random_training(),
       later = random_training(2);
  CHECK(layer.forward(x, evaluation).value().to_doubles() == x.to_doubles());
  const std::vector<double> changed = layer.forward(x, first).value().to_doubles();
  CHECK(changed == layer.forward(x, again).value().to_doubles());
  CHECK(changed != layer.forward(x, first).value().to_doubles());
  CHECK(changed != layer.forward(x, later).value().to_doubles());
  const auto function = [&](std::span<const Variable> v) {
    Pass pass = random_training();
    return square(layer.forward(v[0], pass));
  };
  CHECK(gradient_mismatch(function, {x.row_range(0, 3).clone()}) == "");
}

TEST_CASE("diff_augment's colors, translations and rectangles lie in the ranges of the authors' code") {
  const auto augmented = [](const std::string& yaml, const Tensor& x) {
    const testing::BuiltLayer layer(yaml, x.shape().row());
    Pass pass = random_training();
    return layer.forward(x, pass).value();
  };
  const std::int64_t count = 500;
  // Of an image of one color, only the brightness changes.
  const Tensor grey =
      augmented("{diff_augment: {translation: 0, cutout: 0}}", Tensor::full({count, 4, 4, 1}, 2));
  double low = 9, high = -9;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto shift = static_cast<double>(grey.data()[i * 16]) - 2;
    CHECK(static_cast<double>(grey.data()[i * 16 + 15]) - 2 == Approx(shift).margin(1e-5));
    low = std::min(low, shift);
    high = std::max(high, shift);
  }
  CHECK((low >= -0.5 && low < -0.49 && high <= 0.5 && high > 0.49));
  // Moved by up to one row and column, and by each of the nine offsets.
  Tensor point = Tensor::zeros({count, 8, 8, 1});
  for (std::int64_t i = 0; i < count; ++i) point.data()[i * 64 + 3 * 8 + 4] = 1;
  const Tensor moved = augmented("{diff_augment: {color: false, cutout: 0}}", point);
  std::vector<int> seen(64);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t place = 0; place < 64; ++place)
      if (moved.data()[i * 64 + place] == 1) ++seen[static_cast<std::size_t>(place)];
  int places = 0;
  for (std::int64_t row = 0; row < 8; ++row)
    for (std::int64_t column = 0; column < 8; ++column) {
      const int times = seen[static_cast<std::size_t>(row * 8 + column)];
      const bool is_near = std::abs(row - 3) <= 1 && std::abs(column - 4) <= 1;
      CHECK((is_near ? times > 0 : times == 0));
      places += times;
    }
  CHECK(places == count);
  // Four of eight rows and columns, of which up to two lie outside on each side.
  const Tensor cut =
      augmented("{diff_augment: {color: false, translation: 0}}", Tensor::full({count, 8, 8, 1}, 1));
  std::vector<int> sizes(17);
  for (std::int64_t i = 0; i < count; ++i) {
    std::size_t zeros = 0;
    for (std::int64_t place = 0; place < 64; ++place) zeros += cut.data()[i * 64 + place] == 0 ? 1 : 0;
    REQUIRE(zeros <= 16);
    ++sizes[zeros];
  }
  for (const std::size_t possible : {4u, 6u, 8u, 9u, 12u, 16u}) CHECK(sizes[possible] > 0);
  CHECK(sizes[4] + sizes[6] + sizes[8] + sizes[9] + sizes[12] + sizes[16] == count);
}

TEST_CASE("layers for images have right gradients to second order, in training and in evaluation") {
  for (const char* yaml : {"instance_norm", "{group_norm: 2}", "pixel_norm", "silu", "noise", "diff_augment",
                           "minibatch_stddev", "{self_attention2d: {key_channels: 2, value_channels: 3}}",
                           "{self_attention2d: {spectral_norm: true}}", "{maxout: {units: 3, pieces: 2}}"}) {
    CAPTURE(yaml);
    const testing::BuiltLayer layer(yaml, {3, 2, 4});
    for (const auto& parameter : layer.registrar.parameters())
      if (parameter->shape.rank() == 1)
        parameter->value.copy_from(random_tensor(parameter->shape, 0.5, 1.5, parameter->name));
    auto leaves = testing::variables(layer.registrar);
    leaves.push_back(Variable::leaf(random_tensor({3, 3, 2, 4}, -1, 1)));
    for (const Mode mode : {Mode::training, Mode::evaluation}) {
      const auto function = [&] {
        Pass pass(mode, 1, 1, 0, BufferUpdates::none);
        return square(layer.forward(leaves.back(), pass));
      };
      CHECK(gradient_mismatch(function, leaves) == "");
    }
  }
}

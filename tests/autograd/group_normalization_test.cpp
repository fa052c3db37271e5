#include <catch2/catch.hpp>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "support/gradient_check.hpp"
#include "support/numbers.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;
using Leaves = std::span<const Variable>;

namespace {

// The definition, element by element in double, without scale and shift.
std::vector<double> normalized_by_definition(const Tensor& x, std::int64_t groups, double epsilon) {
  const std::int64_t batch = x.shape()[0], channels = x.shape()[x.shape().rank() - 1],
                     positions = x.size() / (batch * channels), width = channels / groups;
  const std::vector<double> numbers = x.to_doubles();
  std::vector<double> result(numbers.size());
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t g = 0; g < groups; ++g) {
      std::vector<std::size_t> places;
      for (std::int64_t p = 0; p < positions; ++p)
        for (std::int64_t c = g * width; c < (g + 1) * width; ++c)
          places.push_back(static_cast<std::size_t>((b * positions + p) * channels + c));
      double mean = 0, variance = 0;
      for (const std::size_t i : places) mean += numbers[i] / static_cast<double>(places.size());
      for (const std::size_t i : places)
        variance += (numbers[i] - mean) * (numbers[i] - mean) / static_cast<double>(places.size());
      for (const std::size_t i : places) result[i] = (numbers[i] - mean) / std::sqrt(variance + epsilon);
    }
  }
  return result;
}

struct GroupCase {
  Shape shape;
  std::int64_t groups;
};
const std::vector<GroupCase> group_cases{
    {{7, 6}, 1},    {{7, 6}, 3},     {{3, 4, 5, 6}, 1}, {{3, 4, 5, 6}, 2},    {{3, 4, 5, 6}, 6},
    {{2, 3, 1}, 1}, {{2, 17, 4}, 4}, {{1, 33, 8}, 2},   {{2, 2, 3, 2, 6}, 3}, {{2, 5, 130}, 130}};

}  // namespace

TEST_CASE("group normalization is that of the definition, with and without scale and shift") {
  for (const auto& [shape, groups] : group_cases) {
    CAPTURE(shape.text(), groups);
    const std::int64_t channels = shape[shape.rank() - 1];
    const Tensor x = random_tensor(shape, -2, 3, "x"), scale = random_tensor({channels}, 0.5, 2, "scale"),
                 shift = random_tensor({channels}, -1, 1, "shift");
    std::vector<double> expected = normalized_by_definition(x, groups, 1e-3);
    const auto margin = Catch::Matchers::Approx(expected).margin(testing::is_double ? 1e-12 : 5e-6);
    CHECK_THAT(group_normalize(x, {}, {}, groups, 1e-3).value().to_doubles(), margin);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::size_t channel = i % static_cast<std::size_t>(channels);
      expected[i] = expected[i] * scale.to_doubles()[channel] + shift.to_doubles()[channel];
    }
    CHECK_THAT(group_normalize(x, scale, shift, groups, 1e-3).value().to_doubles(),
               Catch::Matchers::Approx(expected).margin(testing::is_double ? 1e-12 : 1e-5));
  }
}

TEST_CASE("group normalization has right gradients") {
  for (const auto& [shape, groups] : group_cases) {
    CAPTURE(shape.text(), groups);
    const std::int64_t channels = shape[shape.rank() - 1], wanted = groups;
    const std::vector<Tensor> points{random_tensor(shape, -1, 1, "x"),
                                     random_tensor({channels}, 0.5, 2, "scale"),
                                     random_tensor({channels}, -1, 1, "shift")};
    CHECK(gradient_mismatch([&](Leaves v) { return group_normalize(v[0], v[1], v[2], wanted, 0.1); },
                            points) == "");
    CHECK(gradient_mismatch([&](Leaves v) { return group_normalize(v[0], {}, {}, wanted, 0.1); },
                            {points[0]}) == "");
  }
}

TEST_CASE("group normalization says what does not fit") {
  const Tensor x = Tensor::zeros({2, 3, 6});
  CHECK_THROWS_WITH(group_normalize(x, {}, {}, 4), Catch::Contains("6 channels do not divide into 4 groups"));
  CHECK_THROWS_AS(group_normalize(x, {}, {}, 0), Error);
  CHECK_THROWS_AS(group_normalize(x, Tensor::zeros({6}), {}, 2), Error);
  CHECK_THROWS_AS(group_normalize(x, Tensor::zeros({3}), Tensor::zeros({3}), 2), Error);
  CHECK_THROWS_AS(group_normalize(Tensor::zeros({6}), {}, {}, 2), Error);
}

#include "descent/nn/distributions.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;

TEST_CASE("the divergence from the standard normal is that of the closed form") {
  const DiagonalNormal q{Tensor::of({2, 2}, {0, 0, 1, -2}), Tensor::of({2, 2}, {0, 0, 0, std::log(4.0)})};
  const auto divergence = q.kl_to_standard_normal().value().to_doubles();
  REQUIRE(divergence.size() == 2);
  CHECK(divergence[0] == Approx(0).margin(1e-6));
  CHECK(divergence[1] == Approx(0.5 * (1 + 4 + 4 - std::log(4.0) - 1)));
}

TEST_CASE("the density is the normal one") {
  const DiagonalNormal p{Tensor::of({1, 2}, {1, 0}), Tensor::of({1, 2}, {0, 2 * std::log(3.0)})};
  const Variable x = Tensor::of({1, 2}, {1, 3});
  const double expected = 0.5 * std::log(2 * M_PI) + 0.5 * std::log(2 * M_PI) + std::log(3.0) + 0.5;
  CHECK(p.negative_log_likelihood(x).item() == Approx(expected));
}

TEST_CASE("samples have the mean and the variance they should have") {
  const std::int64_t count = 20000;
  const DiagonalNormal q{Tensor::full({count, 1}, 2), Tensor::full({count, 1}, 2 * std::log(0.5))};
  Pass pass(Mode::training, 1, 1, 0, false);
  double sum = 0, squares = 0;
  for (const double z : q.sample(pass).value().to_doubles()) {
    sum += z;
    squares += (z - 2) * (z - 2);
  }
  CHECK(sum / count == Approx(2).margin(5 * 0.5 / std::sqrt(count)));
  CHECK(squares / count == Approx(0.25).epsilon(5 * std::sqrt(2.0 / count)));
}

TEST_CASE("a sample's gradients reach mean and variance; likelihood and divergence have right gradients") {
  const std::vector<Tensor> points{random_tensor({5, 3}, -1, 1, "mean"),
                                   random_tensor({5, 3}, -1, 1, "variance"),
                                   random_tensor({5, 3}, -1, 1, "x")};
  using Leaves = std::span<const Variable>;
  CHECK(gradient_mismatch(
            [](Leaves v) {
              return DiagonalNormal{v[0], v[1]}.kl_to_standard_normal();
            },
            {points[0], points[1]}) == "");
  CHECK(gradient_mismatch(
            [](Leaves v) {
              return DiagonalNormal{v[0], v[1]}.negative_log_likelihood(v[2]);
            },
            points) == "");
  const auto sampled = [](Leaves v) {
    Pass pass(Mode::training, 1, 1, 0, false);
    return square(DiagonalNormal{v[0], v[1]}.sample(pass));
  };
  CHECK(gradient_mismatch(sampled, {points[0], points[1]}) == "");
}

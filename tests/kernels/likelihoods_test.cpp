#include "descent/kernels/likelihoods.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/kernels/indices.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {
constexpr double likelihood_precision = sizeof(Scalar) == 4 ? 5e-6 : 1e-13;
double number_at(const Tensor& t, std::int64_t i) {
  return static_cast<double>(t.data()[i]);
}
}  // namespace

TEST_CASE("the cross entropy with logits is that of the definition, and so is its gradient") {
  const Tensor x = random_tensor({1200}, -8, 8, "x"), t = random_tensor({1200}, 0, 1, "t"),
               g = random_tensor({1200}, -1, 1, "g");
  Tensor out = Tensor::full({1200}, NAN), gradient = Tensor::full({1200}, 2);
  kernels::bce_with_logits(x, t, out);
  kernels::bce_with_logits_gradient(g, x, t, gradient, true);
  double worst = 0;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const double a = number_at(x, i), b = number_at(t, i), p = 1 / (1 + std::exp(-a));
    worst = std::max(worst, std::abs(number_at(out, i) - (std::log1p(std::exp(a)) - a * b)));
    worst = std::max(worst, std::abs(number_at(gradient, i) - (2 + number_at(g, i) * (p - b))));
  }
  CHECK(worst < likelihood_precision);
}

TEST_CASE("log softmax is that of the definition, and so is its gradient, even for large logits") {
  for (const double offset : {0.0, 500.0}) {
    CAPTURE(offset);
    Tensor x = random_tensor({5, 37}, -3, 3, "x");
    for (Scalar& value : x.values()) value += static_cast<Scalar>(offset);
    const Tensor g = random_tensor({5, 37}, -1, 1, "g");
    Tensor out = Tensor::full({5, 37}, NAN), gradient = Tensor::full({5, 37}, 2);
    kernels::log_softmax(x, out);
    kernels::log_softmax_gradient(g, out, gradient, true);
    double worst = 0;
    for (std::int64_t row = 0; row < 5; ++row) {
      double sum = 0, total = 0;
      for (std::int64_t i = row * 37; i < (row + 1) * 37; ++i) {
        sum += std::exp(number_at(x, i) - offset);
        total += number_at(g, i);
      }
      for (std::int64_t i = row * 37; i < (row + 1) * 37; ++i) {
        const double exact = number_at(x, i) - offset - std::log(sum);
        worst = std::max(worst, std::abs(number_at(out, i) - exact));
        worst = std::max(worst,
                         std::abs(number_at(gradient, i) - (2 + number_at(g, i) - std::exp(exact) * total)));
      }
    }
    CHECK(worst < (offset == 0 ? likelihood_precision : 20 * likelihood_precision));
  }
}

TEST_CASE("one number of each row is picked or placed, and one-hot rows are ones placed") {
  const Tensor index = Tensor::of({3}, {2.0, 0.0, 1.0});
  const Tensor x = Tensor::of({3, 3}, {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0});
  Tensor picked = Tensor::empty({3}), placed = Tensor::full({3, 3}, 7), ones = Tensor::full({3, 3}, 7);
  kernels::pick(x, index, picked);
  CHECK(picked.to_doubles() == std::vector<double>{3, 4, 8});
  kernels::place(picked, index, placed);
  CHECK(placed.to_doubles() == std::vector<double>{0, 0, 3, 4, 0, 0, 0, 8, 0});
  kernels::one_hot(index, ones);
  CHECK(ones.to_doubles() == std::vector<double>{0, 0, 1, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("the first index that is no class is found") {
  const auto first_invalid = [](std::initializer_list<double> numbers, std::int64_t classes) {
    return kernels::find_invalid_index(Tensor::of({static_cast<std::int64_t>(numbers.size())}, numbers),
                                       classes);
  };
  CHECK_FALSE(first_invalid({0.0, 2.0, 1.0}, 3));
  CHECK(first_invalid({0.0, 3.0, -1.0}, 3) == 1);
  CHECK(first_invalid({0.0, 1.0, -1.0}, 3) == 2);
  CHECK(first_invalid({0.5, 1.0}, 3) == 0);
  CHECK(first_invalid({1.0, NAN}, 3) == 1);
}

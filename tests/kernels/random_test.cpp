#include "descent/kernels/random.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace descent;

TEST_CASE("tensors are filled with one draw of the stream") {
  Tensor filled = Tensor::empty({5, 37}), expected = Tensor::empty({5, 37});
  RandomStream one(7), other(7);
  kernels::fill_normal(one, filled);
  other.normal(expected.data(), expected.size());
  CHECK(filled.to_doubles() == expected.to_doubles());
  kernels::fill_uniform(one, filled);
  other.uniform(expected.data(), expected.size());
  CHECK(filled.to_doubles() == expected.to_doubles());
  CHECK(one.draws() == 2);
}

TEST_CASE("a dropout mask keeps its share of the numbers, scaled so that their mean stays") {
  constexpr double rate = 0.25;
  Tensor mask = Tensor::empty({100'000});
  RandomStream stream(7);
  kernels::fill_dropout_mask(stream, rate, mask);
  double kept = 0;
  for (const double number : mask.to_doubles()) {
    if (number != 0) CHECK(number == static_cast<double>(static_cast<Scalar>(1 / (1 - rate))));
    kept += number != 0;
  }
  // Within five standard deviations of a binomial distribution.
  CHECK(std::abs(kept / 100'000 - (1 - rate)) < 5 * std::sqrt(rate * (1 - rate) / 100'000));
}

#include "descent/kernels/vectorized.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "descent/tensor/tensor.hpp"

using namespace descent;

// 37 numbers, so that both whole packets and what is left over are computed.
static BlockArray numbers() {
  BlockArray x(37);
  for (long i = 0; i < x.size(); ++i) x[i] = static_cast<Scalar>(i - 18) / Scalar(4);
  return x;
}

TEST_CASE("sign, positive and clamp say the same in packets and one by one") {
  const BlockArray x = numbers();
  const BlockArray signs = sign(x), positives = positive(x), cut = clamp(x, -2.5, 1.25);
  for (long i = 0; i < x.size(); ++i) {
    CHECK(signs[i] == static_cast<Scalar>(i > 18 ? 1 : i < 18 ? -1 : 0));
    CHECK(positives[i] == static_cast<Scalar>(i > 18));
    CHECK(cut[i] == std::clamp(x[i], Scalar(-2.5), Scalar(1.25)));
  }
}

TEST_CASE("sign and clamp keep NaN, and cut infinity") {
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  BlockArray x = numbers();
  for (const long i : {3L, 36L}) x[i] = std::numeric_limits<Scalar>::quiet_NaN();
  for (const long i : {4L, 35L}) x[i] = -infinity;
  const BlockArray signs = sign(x), cut = clamp(x, -2.5, 1.25);
  for (const long i : {3L, 36L}) {
    CHECK(std::isnan(signs[i]));
    CHECK(std::isnan(cut[i]));
  }
  for (const long i : {4L, 35L}) {
    CHECK(signs[i] == -1);
    CHECK(cut[i] == Scalar(-2.5));
  }
}

TEST_CASE("a sum of squares takes every number of an array of any size once") {
  Tensor numbers = Tensor::zeros({300});
  for (long i = 0; i < 300; ++i) numbers.data()[i] = static_cast<Scalar>(i + 1);
  for (long size = 0; size <= 300; ++size)  // whole numbers: exact in any order
    CHECK(sum_of_squares(ConstArrayView(numbers.data(), size)) ==
          static_cast<double>(size * (size + 1) * (2 * size + 1) / 6));
}

TEST_CASE("squares are summed in double precision, those behind the last whole lane too") {
  Tensor many = Tensor::zeros({1'000'003});
  many.fill(0.1);
  const double number = static_cast<double>(Scalar(0.1));
  CHECK(sum_of_squares(ConstArrayView(many.data(), many.size())) ==
        Approx(number * number * 1'000'003).epsilon(1e-12));
  many.data()[1'000'002] = 1000;
  CHECK(sum_of_squares(ConstArrayView(many.data(), many.size())) ==
        Approx(number * number * 1'000'002 + 1e6).epsilon(1e-12));
}

TEST_CASE("signs are exact for the smallest and the largest numbers, and −0 has none") {
  using Limits = std::numeric_limits<Scalar>;
  BlockArray x(37);
  for (long i = 0; i < x.size(); ++i) x[i] = Limits::denorm_min();
  x[1] = x[34] = -Limits::denorm_min();
  x[2] = x[35] = Limits::max();
  x[3] = x[36] = Scalar(-0.0);
  const BlockArray of_block = sign(x), of_expression = sign(x * Scalar(1)), positives = positive(x);
  for (long i = 0; i < x.size(); ++i) {
    CAPTURE(i);
    const Scalar expected = static_cast<Scalar>((x[i] > 0) - (x[i] < 0));
    CHECK(of_block[i] == expected);
    CHECK(of_expression[i] == expected);
    if (of_block[i] == 0) CHECK_FALSE(std::signbit(of_block[i]));
    CHECK(positives[i] == static_cast<Scalar>(x[i] > 0));
    CHECK_FALSE(std::signbit(positives[i]));
  }
}

TEST_CASE("whatever is no number is not positive, and unqualified signs of it are none") {
  BlockArray x(37);
  x.setConstant(std::numeric_limits<Scalar>::quiet_NaN());
  const ConstArrayView view(x.data(), x.size());
  const BlockArray signs = sign(view), positives = positive(view);
  for (long i = 0; i < x.size(); ++i) {
    CHECK(std::isnan(signs[i]));
    CHECK(positives[i] == 0);
  }
}

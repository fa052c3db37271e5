#include "descent/kernels/broadcast.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

TEST_CASE("how one shape repeats in another") {
  const auto is = [](const Shape& small, const Shape& large, std::int64_t outer, std::int64_t middle,
                     std::int64_t inner) {
    const auto found = broadcast_plan(small, large);
    return found && found->outer == outer && found->middle == middle && found->inner == inner;
  };
  CHECK(is({}, {}, 1, 1, 1));
  CHECK(is({}, {5, 3}, 1, 1, 15));
  CHECK(is({1, 1}, {5, 3}, 1, 1, 15));
  CHECK(is({3}, {5, 3}, 5, 3, 1));
  CHECK(is({1, 3}, {5, 3}, 5, 3, 1));
  CHECK(is({5, 1}, {5, 3}, 1, 5, 3));
  CHECK(is({5, 3}, {5, 3}, 1, 15, 1));
  CHECK(is({4, 1, 1}, {2, 4, 3, 3}, 2, 4, 9));
  CHECK(is({4, 3, 1}, {2, 4, 3, 3}, 2, 12, 3));
  CHECK(is({2, 1, 3}, {2, 1, 3}, 1, 6, 1));
  CHECK_FALSE(broadcast_plan({4}, {5, 3}));
  CHECK_FALSE(broadcast_plan({5}, {5, 3}));
  CHECK_FALSE(broadcast_plan({5, 3}, {3}));
  CHECK_FALSE(broadcast_plan({2, 1, 3}, {2, 4, 3}));
}

TEST_CASE("sums over repetitions are those of the definition, and repeating is their transpose") {
  const double tolerance = sizeof(Scalar) == 4 ? 1e-4 : 1e-12;
  for (const BroadcastPlan& r :
       {BroadcastPlan{1, 1, 1}, BroadcastPlan{1, 1, 5000}, BroadcastPlan{5000, 1, 1},
        BroadcastPlan{33, 17, 1}, BroadcastPlan{100, 600, 1}, BroadcastPlan{1, 17, 33},
        BroadcastPlan{3, 5, 7}, BroadcastPlan{0, 3, 1}, BroadcastPlan{4, 1, 9}}) {
    CAPTURE(r.outer, r.middle, r.inner);
    const Tensor large = random_tensor({r.outer, r.middle, r.inner}, -1, 1);
    std::vector<double> expected(static_cast<std::size_t>(r.middle), 0);
    for (std::int64_t i = 0; i < large.size(); ++i)
      expected[static_cast<std::size_t>(i / r.inner % r.middle)] += static_cast<double>(large.data()[i]);
    Tensor small = Tensor::full({r.middle}, NAN);
    kernels::sum_broadcast(large, r, small, false);
    for (std::size_t m = 0; m < expected.size(); ++m)
      CHECK(static_cast<double>(small.data()[m]) == Approx(expected[m]).margin(tolerance));
    const Tensor once = small.clone();
    kernels::sum_broadcast(large, r, small, true);
    for (std::size_t m = 0; m < expected.size(); ++m)
      CHECK(static_cast<double>(small.data()[m]) == Approx(2 * expected[m]).margin(2 * tolerance));
    Tensor repeated = Tensor::full(large.shape(), 1);
    kernels::broadcast(once, r, repeated, true);
    kernels::broadcast(once, r, repeated, true);
    for (std::int64_t i = 0; i < large.size(); ++i)
      CHECK(repeated.data()[i] ==
            Scalar(1) + once.data()[i / r.inner % r.middle] + once.data()[i / r.inner % r.middle]);
  }
}

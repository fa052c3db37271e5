#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "plugin_support.hpp"

using descent::Split;
using descent::Value;

static std::vector<double> sampled(const Settings& options, std::int64_t count, std::uint64_t key = 1) {
  const auto roll = open_dataset("swiss_roll", options);
  descent::Batch batch(roll->fields(), count);
  descent::RandomStream random(key);
  roll->sample(Split::train, random, batch);
  return batch["point"].value().to_doubles();
}

TEST_CASE("without noise the points lie on the spiral, evenly in its angle") {
  constexpr double pi = std::numbers::pi;
  for (const double turns : {1.5, 0.5, 3.0}) {
    const auto points =
        sampled({{"noise", Value::of(0.0)}, {"turns", Value::of(turns)}, {"scale", Value::of(1.0)}}, 20000);
    double mean = 0, least = INFINITY, greatest = 0;
    for (std::size_t i = 0; i < points.size(); i += 2) {
      const double t = std::hypot(points[i], points[i + 1]);
      CHECK(std::abs(points[i] - t * std::cos(t)) < 1e-4 * t);
      CHECK(std::abs(points[i + 1] - t * std::sin(t)) < 1e-4 * t);
      mean += t / 20000;
      least = std::min(least, t);
      greatest = std::max(greatest, t);
    }
    CHECK(least >= Approx(1.5 * pi).epsilon(1e-6));
    CHECK(greatest <= Approx((1.5 + 2 * turns) * pi).epsilon(1e-6));
    // Five standard errors of the mean of a uniform number.
    CHECK(std::abs(mean - (1.5 + turns) * pi) < 5 * 2 * turns * pi / std::sqrt(12 * 20000));
  }
}

TEST_CASE("noise spreads the points and scale divides all") {
  const auto curve = sampled({{"noise", Value::of(0.0)}}, 20000), blurred = sampled({}, 20000);
  double square = 0, product = 0, second_moment = 0;
  for (std::size_t i = 0; i < curve.size(); i += 2) {
    const double x = blurred[i] - curve[i], y = blurred[i + 1] - curve[i + 1];
    square += (x * x + y * y) / 40000;
    product += x * y / 20000;
    second_moment += (blurred[i] * blurred[i] + blurred[i + 1] * blurred[i + 1]) / 40000;
  }
  const double stddev = 0.25 / 7.5;
  CHECK(std::abs(square / (stddev * stddev) - 1) < 5 / std::sqrt(20000.0));
  CHECK(std::abs(product / (stddev * stddev)) < 5 / std::sqrt(20000.0));
  // "stdev plus a little", say the authors of that scale.
  CHECK(std::sqrt(second_moment) > 0.8);
  CHECK(std::sqrt(second_moment) < 1);
}

TEST_CASE("fresh points come from the stream alone, fixed ones from the seed") {
  CHECK(sampled({}, 300) == sampled({}, 300));
  CHECK(sampled({}, 300) != sampled({}, 300, 2));
  const auto some = sampled({}, 300), more = sampled({}, 700);
  CHECK(std::equal(some.begin(), some.begin() + 512, more.begin()));

  const auto fixed = [](int seed, Split split) {
    return whole(*open_dataset("swiss_roll", {{"samples", Value::of(300)}, {"seed", Value::of(seed)}}),
                 split)["point"]
        .value()
        .to_doubles();
  };
  CHECK(fixed(0, Split::train).size() == 600);
  CHECK(fixed(0, Split::train) == fixed(0, Split::train));
  CHECK(fixed(0, Split::train) != fixed(1, Split::train));
  CHECK(fixed(0, Split::train) != fixed(0, Split::test));
}

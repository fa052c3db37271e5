#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "plugin_support.hpp"

using descent::Batch;
using descent::Dataset;
using descent::Mixture;
using descent::Scalar;
using descent::Split;
using descent::Value;

static Batch sampled(const Dataset& dataset, std::int64_t count, std::uint64_t key = 1) {
  Batch batch(dataset.fields(), count);
  descent::RandomStream random(key);
  dataset.sample(Split::train, random, batch);
  return batch;
}

/// The center nearest to a point of the plane, and how far away it is in each direction.
struct Offset {
  std::int64_t mode;
  double x, y;
};
static Offset nearest(const descent::Tensor& centers, const Scalar* point) {
  Offset best{-1, INFINITY, INFINITY};
  for (std::int64_t k = 0; k < centers.rows(); ++k) {
    const double x = double(point[0]) - double(centers.data()[2 * k]);
    const double y = double(point[1]) - double(centers.data()[2 * k + 1]);
    if (std::hypot(x, y) < std::hypot(best.x, best.y)) best = {k, x, y};
  }
  return best;
}

TEST_CASE("the centers of a ring lie on its circle, evenly spaced, each a different one") {
  for (const std::int64_t modes : {1, 2, 7, 8}) {
    const auto ring =
        open_dataset("gaussian_ring", {{"modes", Value::of(modes)}, {"radius", Value::of(2.0)}});
    const auto& centers = dynamic_cast<const Mixture&>(*ring).centers();
    REQUIRE(centers.shape() == descent::Shape{modes, 2});
    std::set<long> angles;
    for (std::int64_t k = 0; k < modes; ++k) {
      const double x = double(centers.data()[2 * k]), y = double(centers.data()[2 * k + 1]);
      CHECK(std::hypot(x, y) == Approx(2));
      const double turns = std::atan2(y, x) / 6.283185307179586 * double(modes);
      CHECK(turns == Approx(std::round(turns)).margin(1e-5));
      angles.insert((std::lround(turns) + modes) % modes);
    }
    CHECK(std::ssize(angles) == modes);
  }
}

TEST_CASE("the default grid is the one of the literature") {
  const auto grid = open_dataset("gaussian_grid", {});
  const auto& mixture = dynamic_cast<const Mixture&>(*grid);
  std::set<std::pair<double, double>> expected, found;
  for (const double x : {-4, -2, 0, 2, 4})
    for (const double y : {-4, -2, 0, 2, 4}) expected.emplace(x, y);
  const auto centers = mixture.centers().to_doubles();
  for (std::size_t k = 0; k < centers.size(); k += 2) found.emplace(centers[k], centers[k + 1]);
  CHECK(found == expected);
  CHECK(mixture.standard_deviation() == 0.05);
  CHECK(mixture.point_field() == "point");
  CHECK(grid->fields()[0].shape == descent::Shape{2});
}

TEST_CASE("fresh points are spread over the modes evenly, with the standard deviation asked for") {
  const auto [name, modes] = GENERATE(std::pair("gaussian_ring", 8.0), std::pair("gaussian_grid", 25.0));
  const auto dataset = open_dataset(name, {});
  CHECK_FALSE(dataset->size(Split::train).has_value());
  CHECK_FALSE(dataset->size(Split::test).has_value());
  const auto& mixture = dynamic_cast<const Mixture&>(*dataset);
  constexpr std::int64_t count = 40000;
  const Batch batch = sampled(*dataset, count);
  std::vector<int> hits(static_cast<std::size_t>(modes));
  double mean_x = 0, mean_y = 0, square = 0, product = 0;
  const double stddev = mixture.standard_deviation();
  for (std::int64_t i = 0; i < count; ++i) {
    const Offset offset = nearest(mixture.centers(), batch["point"].value().data() + 2 * i);
    ++hits[static_cast<std::size_t>(offset.mode)];
    mean_x += offset.x / stddev / count;
    mean_y += offset.y / stddev / count;
    square += (offset.x * offset.x + offset.y * offset.y) / (2 * stddev * stddev) / count;
    product += offset.x * offset.y / (stddev * stddev) / count;
  }
  // Five standard errors each.
  for (const int hit : hits) CHECK(std::abs(hit - count / modes) < 5 * std::sqrt(count / modes));
  CHECK(std::abs(mean_x) < 5 / 200.0);
  CHECK(std::abs(mean_y) < 5 / 200.0);
  CHECK(std::abs(square - 1) < 5 / 200.0);
  CHECK(std::abs(product) < 5 / 200.0);
}

TEST_CASE("fresh points come from the stream alone, and a longer batch begins with the shorter one") {
  const auto ring = open_dataset("gaussian_ring", {});
  const auto points = [&](std::int64_t count, std::uint64_t key) {
    return sampled(*ring, count, key)["point"].value().to_doubles();
  };
  CHECK(points(300, 1) == points(300, 1));
  CHECK(points(300, 1) != points(300, 2));
  const auto some = points(300, 1), more = points(700, 1);
  CHECK(std::equal(some.begin(), some.end(), more.begin()));
}

TEST_CASE("a fixed set is the same for the same seed, and training and test sets differ") {
  const auto fixed = [](int seed) {
    return open_dataset("gaussian_grid", {{"samples", Value::of(600)}, {"seed", Value::of(seed)}});
  };
  const auto points = [](const Dataset& dataset, Split split) {
    return whole(dataset, split)["point"].value().to_doubles();
  };
  const auto first = fixed(0), again = fixed(0), other = fixed(1);
  CHECK(first->size(Split::train) == 600);
  CHECK(first->size(Split::test) == 600);
  CHECK(points(*first, Split::train) == points(*again, Split::train));
  CHECK(points(*first, Split::train) != points(*other, Split::train));
  CHECK(points(*first, Split::train) != points(*first, Split::test));

  const auto all = points(*first, Split::train);
  Batch two(first->fields(), 2);
  const std::vector<std::int64_t> indices = {599, 3};
  first->fill(Split::train, indices, two);
  CHECK(two["point"].value().to_doubles() == std::vector<double>{all[1198], all[1199], all[6], all[7]});
}

TEST_CASE("a ring without modes is refused") {
  CHECK_THROWS_AS(open_dataset("gaussian_ring", {{"modes", Value::of(0)}}), descent::Error);
  CHECK_THROWS_AS(open_dataset("gaussian_ring", {{"stddev", Value::of(0.0)}}), descent::Error);
}

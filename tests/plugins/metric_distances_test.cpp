#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "metric_support.hpp"
#include "metrics/support/distances.hpp"
#include "metrics/support/precision_recall_curve.hpp"
#include "metrics/support/sliced_distance.hpp"
#include "support/sine_fill.hpp"

using descent::Scalar;
using descent::Tensor;
using descent::testing::sine_fill;

namespace {

double loop_distance(const Tensor& a, std::int64_t i, const Tensor& b, std::int64_t j) {
  double sum = 0;
  for (std::int64_t d = 0; d < a.columns(); ++d)
    sum += std::pow(static_cast<double>(a.data()[i * a.columns() + d]) -
                        static_cast<double>(b.data()[j * b.columns() + d]),
                    2);
  return sum;
}

std::vector<double> nearest_by_loops(const Tensor& from, const Tensor& to, std::int64_t k, bool same) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < from.rows(); ++i) {
    std::vector<double> distances;
    for (std::int64_t j = 0; j < to.rows(); ++j)
      if (!same || i != j) distances.push_back(loop_distance(from, i, to, j));
    std::sort(distances.begin(), distances.end());
    all.insert(all.end(), distances.begin(), distances.begin() + k);
  }
  return all;
}

// How many differ by more than the order of a sum in double may.
std::int64_t differing(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i] - b[i]) <= 1e-13 * std::abs(b[i])) && count++ < 5)
      UNSCOPED_INFO(i << ": " << a[i] << " " << b[i] << " diff " << a[i] - b[i]);
  }
  return count;
}

// Groups of rows that differ in their last digits, far away from zero and from each other: where products lose all digits.
Tensor clumps(std::int64_t rows, std::int64_t columns) {
  Tensor x = normal_rows(rows, columns, "clumps", 1e-5, 0);
  for (std::int64_t i = 0; i < x.size(); ++i)
    x.data()[i] += static_cast<Scalar>(100 * ((i / columns) % 7) - 300);
  return x;
}

}  // namespace

TEST_CASE("the nearest distances are those of loops in double") {
  for (const Tensor& x :
       {normal_rows(300, 5, "near"), normal_rows(1100, 3, "many"), normal_rows(200, 70, "far", 0.01, 1000),
        clumps(250, 4), Tensor::full({150, 3}, 0.7)}) {
    const Tensor other = normal_rows(170, x.columns(), "other", 2);
    CHECK(differing(descent::nearest_distances(x, x, 3, true), nearest_by_loops(x, x, 3, true)) == 0);
    CHECK(differing(descent::nearest_distances(other, x, 1, false), nearest_by_loops(other, x, 1, false)) ==
          0);
  }
}

TEST_CASE("near pairs are all that are within reach, and each is told exactly") {
  for (const Tensor& a : {normal_rows(400, 3, "a"), clumps(400, 3)}) {
    const Tensor b = a.columns() == 3 ? clumps(333, 3) : normal_rows(333, 3, "b");
    std::vector<double> reach_a(400), reach_b(333);
    for (std::size_t i = 0; i < reach_a.size(); ++i)
      reach_a[i] = loop_distance(a, std::int64_t(i), b, std::int64_t(i) % 333);
    for (std::size_t j = 0; j < reach_b.size(); ++j) reach_b[j] = 0.02 * static_cast<double>(j % 5);
    std::set<std::pair<std::int64_t, std::int64_t>> found_a, found_b, expected_a, expected_b;
    descent::each_near_pair(a, reach_a, b, reach_b,
                            [&](std::int64_t i, std::int64_t j, const descent::Pair& pair) {
                              if (pair.within(reach_a[std::size_t(i)])) found_a.insert({i, j});
                              if (pair.within(reach_b[std::size_t(j)])) found_b.insert({i, j});
                            });
    for (std::int64_t i = 0; i < 400; ++i)
      for (std::int64_t j = 0; j < 333; ++j) {
        if (loop_distance(a, i, b, j) <= reach_a[std::size_t(i)]) expected_a.insert({i, j});
        if (loop_distance(a, i, b, j) <= reach_b[std::size_t(j)]) expected_b.insert({i, j});
      }
    CHECK(found_a == expected_a);
    CHECK(found_b == expected_b);
    CHECK(found_a.size() >= 400);  // each reaches one exactly
  }
}

#ifdef DESCENT_SCALAR_IS_float  // in double the products are exact enough
TEST_CASE("distances of a tile are near those of loops, and those within reach as near as is asked for") {
  struct Case {
    Tensor a, b;
    double reach, tolerance;
  };
  for (const Case& one :
       {Case{normal_rows(150, 3, "a"), clumps(1100, 3), 1e5, 1e-3},
        Case{clumps(140, 4), clumps(300, 4), 1e-9, 1e-12},
        Case{normal_rows(130, 784, "a"), normal_rows(200, 784, "b"), 1560, 1e-4},
        Case{normal_rows(50, 30, "a", 1, 1e6), normal_rows(40, 30, "b", 1, 1e6), 50, 1e-6}}) {
    const Tensor &a = one.a, &b = one.b;
    const double reach = one.reach, tolerance = one.tolerance;
    const std::vector<double> origin = descent::median_of_rows(b);
    const descent::CenteredRows left(a, origin), right(b, origin);
    descent::TileDistances distances(left, right);
    std::int64_t near = 0, exact = 0, off = 0, all = 0;
    descent::each_tile(left.centered, right.centered, [&](const descent::Tile& tile) {
      for (std::int64_t i = 0; i < tile.rows; ++i) {
        distances.set(tile, i);
        double nearest = INFINITY;
        for (std::int64_t j = 0; j < tile.columns; ++j)
          nearest = std::min(nearest, loop_distance(a, tile.row + i, b, tile.column + j));
        if (distances.nearest_at_most() < nearest) ++off;
        distances.refine(reach, tolerance);
        std::size_t next = 0;
        for (std::int64_t j = 0; j < tile.columns; ++j, ++all) {
          const double expected = loop_distance(a, tile.row + i, b, tile.column + j);
          const auto product = static_cast<double>(distances.by_products()[j]);
          if (std::isinf(product)) {
            ++exact;
            if (std::abs(distances.in_double()[next++] - expected) > 1e-12 * expected) ++off;
          } else if (expected < reach) {
            ++near;
            if (std::abs(product - expected) > tolerance) ++off;
          }
        }
        CHECK(next == distances.in_double().size());
      }
    });
    CAPTURE(near, exact, off, all);
    CHECK(exact > 0);
    CHECK(off == 0);
  }
}

#endif

TEST_CASE("the median of rows stays among most of them, whatever a few are") {
  Tensor x = normal_rows(999, 3, "x", 1, 5);
  for (Scalar& number : x.row_range(0, 200).values()) number = static_cast<Scalar>(1e30);
  for (const double median : descent::median_of_rows(x)) CHECK(median == Approx(5).margin(1));
}

TEST_CASE("tiles cover every pair once") {
  const Tensor a = sine_fill(1, .7, {300, 2}), b = sine_fill(2, 1.3, {2100, 2});
  std::vector<int> seen(300 * 2100);
  double worst = 0;
  descent::each_tile(a, b, [&](const descent::Tile& tile) {
    for (std::int64_t i = 0; i < tile.rows; ++i)
      for (std::int64_t j = 0; j < tile.columns; ++j) {
        const std::int64_t row = tile.row + i, column = tile.column + j;
        ++seen[std::size_t(row * 2100 + column)];
        const double product = double(a.data()[2 * row]) * b.data()[2 * column] +
                               double(a.data()[2 * row + 1]) * b.data()[2 * column + 1];
        worst = std::max(worst, std::abs(product - double(tile.products[i * tile.columns + j])));
      }
  });
  CHECK(std::count(seen.begin(), seen.end(), 1) == std::ssize(seen));
  CHECK(worst < 1e-6);
}

// Exact values: the paper's own program, and sorted projections in double.
TEST_CASE("F scores of two histograms") {
  const std::vector<double> real = {.1, .2, .3, .4}, made = {.4, .3, .2, .1};
  CHECK(descent::largest_f_score(real, made, 1001, 8) == Approx(.955791502).epsilon(1e-8));
  CHECK(descent::largest_f_score(real, made, 1001, 1 / 8.) == Approx(.955791501).epsilon(1e-8));
  CHECK(descent::largest_f_score(real, real, 1001, 8) == Approx(1).epsilon(1e-6));
  CHECK(descent::largest_f_score({1, 0}, {0, 1}, 1001, 8) == 0);
}

TEST_CASE("Wasserstein distances along four directions") {
  const double h = std::sqrt(.5);
  const Tensor directions = Tensor::of({4, 2}, {1, 0, h, h, 0, 1, -h, h});
  const auto found =
      descent::sliced_distances(sine_fill(1, .7, {6, 2}), sine_fill(2, 1.3, {6, 2}), directions);
  double first = 0, second = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    first += found.first[i] / 4;
    second += found.second[i] / 4;
  }
  CHECK(first == Approx(.433172553).epsilon(1e-5));
  CHECK(second == Approx(.275732771).epsilon(1e-5));
}

TEST_CASE("Wasserstein distances of sets of different sizes compare their quantiles") {
  // The quantile functions of {0, 3} and {1, 2, 6} differ by 1, 2, 1, 3 on thirds and sixths of [0, 1].
  const auto found = descent::sliced_distances(Tensor::of({2, 1}, {3, 0}), Tensor::of({3, 1}, {6, 1, 2}),
                                               Tensor::of({1, 1}, {1}));
  CHECK(found.first[0] == Approx(1 / 3. + 2 / 6. + 1 / 6. + 3 / 3.).epsilon(1e-6));
  CHECK(found.second[0] == Approx(1 / 3. + 4 / 6. + 1 / 6. + 9 / 3.).epsilon(1e-6));
}

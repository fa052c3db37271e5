#include "descent/base/random.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

using descent::RandomStream;
using descent::Scalar;

static std::vector<Scalar> normals(RandomStream stream, long count) {
  std::vector<Scalar> out(static_cast<std::size_t>(count));
  stream.normal(out.data(), count);
  return out;
}

TEST_CASE("equal key and counters draw equal numbers; any other counter draws others") {
  const auto key = descent::stream_key(1, "latent");
  const auto base = normals(RandomStream(key, 5, 2, 1), 100);
  CHECK(normals(RandomStream(key, 5, 2, 1), 100) == base);
  CHECK(normals(RandomStream(key, 6, 2, 1), 100) != base);
  CHECK(normals(RandomStream(key, 5, 3, 1), 100) != base);
  CHECK(normals(RandomStream(key, 5, 2, 2), 100) != base);
  CHECK(normals(RandomStream(descent::stream_key(2, "latent"), 5, 2, 1), 100) != base);
  CHECK(normals(RandomStream(descent::stream_key(1, "dropout"), 5, 2, 1), 100) != base);
}

TEST_CASE("a number does not depend on how many are drawn after it") {
  const auto all = normals(RandomStream(7), 2000);
  for (const long count : {1L, 2L, 3L, 5L, 511L, 512L, 513L, 700L, 1025L}) {
    const auto some = normals(RandomStream(7), count);
    CHECK(std::equal(some.begin(), some.end(), all.begin()));
  }
}

TEST_CASE("numbers from the middle of a draw are those of the whole draw") {
  const auto all = normals(RandomStream(7), 2000);
  for (const long first : {4L, 16L, 512L, 528L}) {
    std::vector<Scalar> some(100);
    RandomStream(7).normal(some.data(), 100, first);
    CHECK(std::equal(some.begin(), some.end(), all.begin() + first));
  }
}

TEST_CASE("normal numbers have the moments of the standard normal distribution") {
  constexpr long count = 400000;
  const auto x = normals(RandomStream(11), count);
  double moments[5] = {};
  for (const Scalar v : x)
    for (int k = 1; k < 5; ++k) moments[k] += std::pow(double(v), k) / count;
  // Five standard errors: sqrt(1, 2, 15, 96) / sqrt(count).
  CHECK(std::abs(moments[1]) < 5 * 1.0 / 632);
  CHECK(std::abs(moments[2] - 1) < 5 * 1.42 / 632);
  CHECK(std::abs(moments[3]) < 5 * 3.9 / 632);
  CHECK(std::abs(moments[4] - 3) < 5 * 9.8 / 632);
}

TEST_CASE("uniform numbers are inside the open interval and uniform") {
  constexpr long count = 400000;
  std::vector<Scalar> x(count);
  RandomStream(3).uniform(x.data(), count);
  double mean = 0, square = 0;
  for (const Scalar v : x) {
    REQUIRE((v > 0 && v < 1));
    mean += double(v) / count;
    square += double(v) * double(v) / count;
  }
  CHECK(std::abs(mean - 0.5) < 5 * 0.289 / 632);
  CHECK(std::abs(square - 1.0 / 3) < 5 * 0.3 / 632);
}

TEST_CASE("whole numbers stay below the bound and hit all of it evenly") {
  std::vector<std::int64_t> x(80000);
  RandomStream(5).below(8, x.data(), 80000);
  std::vector<int> counts(8);
  for (const auto v : x) {
    REQUIRE((v >= 0 && v < 8));
    ++counts[static_cast<std::size_t>(v)];
  }
  for (const int c : counts) CHECK(std::abs(c - 10000) < 500);
}

TEST_CASE("a shuffle keeps every item and puts each in every place equally often") {
  std::vector<int> first(5);
  for (std::uint32_t step = 0; step < 5000; ++step) {
    std::vector<std::int64_t> items(5);
    std::iota(items.begin(), items.end(), 0);
    RandomStream(9, step).shuffle(items.data(), 5);
    REQUIRE(std::set<std::int64_t>(items.begin(), items.end()).size() == 5);
    ++first[static_cast<std::size_t>(items[0])];
  }
  for (const int c : first) CHECK(std::abs(c - 1000) < 150);
}

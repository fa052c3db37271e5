#include "descent/kernels/normal_mixture.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "descent/base/error.hpp"

using namespace descent;
using kernels::fit_normal_mixture;
using kernels::FittedMixture;

namespace {

// `count` points of N(center, scale²·(1, ½; ½, 1)).
void add_blob(std::vector<double>& points, int count, double x, double y, double scale,
              RandomStream& random) {
  for (int i = 0; i < count; ++i) {
    const double a = random.normal(), b = random.normal();
    points.push_back(x + scale * a);
    points.push_back(y + scale * (.5 * a + std::sqrt(.75) * b));
  }
}

}  // namespace

TEST_CASE("a fitted mixture finds the components that the rows were drawn from") {
  RandomStream random(5);
  std::vector<double> points;
  add_blob(points, 6000, -4, 0, 1, random);
  add_blob(points, 3000, 4, 2, .5, random);
  add_blob(points, 1000, 0, 8, .25, random);
  const Tensor rows = Tensor::of({10000, 2}, points);
  const FittedMixture fit = fit_normal_mixture(rows, 3, RandomStream(1));
  REQUIRE(fit.converged);
  REQUIRE(fit.weights.shape() == Shape{3});
  std::vector<std::size_t> order = {0, 1, 2};
  const std::vector<double> weights = fit.weights.to_doubles(), means = fit.means.to_doubles(),
                            factors = fit.factors.to_doubles();
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  const double expected[3][4] = {{.6, -4, 0, 1}, {.3, 4, 2, .5}, {.1, 0, 8, .25}};
  double log_likelihood = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t c = order[i];
    const auto& [weight, x, y, scale] = expected[i];
    CHECK(weights[c] == Approx(weight).margin(.005));
    CHECK(means[2 * c] == Approx(x).margin(.06 * scale));
    CHECK(means[2 * c + 1] == Approx(y).margin(.06 * scale));
    // The factor of (1, ½; ½, 1) is (1, 0; ½, √¾).
    CHECK(factors[4 * c] == Approx(scale).epsilon(.08));
    CHECK(factors[4 * c + 1] == 0);
    CHECK(factors[4 * c + 2] == Approx(scale / 2).epsilon(.2));
    CHECK(factors[4 * c + 3] == Approx(scale * std::sqrt(.75)).epsilon(.08));
    // −Entropy of well separated components.
    log_likelihood +=
        weight * (std::log(weight) - 1 - std::log(2 * M_PI) - std::log(scale * scale * std::sqrt(.75)));
  }
  CHECK(fit.log_likelihood == Approx(log_likelihood).margin(.03));

  const FittedMixture again = fit_normal_mixture(rows, 3, RandomStream(1));
  CHECK(again.means.to_doubles() == means);
  CHECK(again.factors.to_doubles() == factors);
  // One component is the sample's mean and covariance.
  const FittedMixture one = fit_normal_mixture(rows, 1, RandomStream(1));
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < points.size(); i += 2) mean += points[i] / 10000;
  for (std::size_t i = 0; i < points.size(); i += 2) variance += std::pow(points[i] - mean, 2) / 10000;
  CHECK(one.means.to_doubles()[0] == Approx(mean).epsilon(1e-5));
  CHECK(one.factors.to_doubles()[0] == Approx(std::sqrt(variance + 1e-6)).epsilon(1e-5));
  CHECK(one.log_likelihood < fit.log_likelihood);
}

TEST_CASE("a mixture is fitted to few rows and to flat ones, or says why not") {
  // Two values only, in one dimension of two: the added variance keeps the covariances regular.
  const Tensor flat = Tensor::of({4, 2}, {0, 1, 0, 1, 5, 1, 5, 1});
  const FittedMixture fit = fit_normal_mixture(flat, 2, RandomStream(1));
  CHECK(fit.weights.to_doubles()[0] == Approx(.5));
  for (const double number : fit.factors.to_doubles()) CHECK(std::isfinite(number));
  CHECK_THROWS_WITH(fit_normal_mixture(flat, 3, RandomStream(1)), Catch::Contains("of which only 2 differ"));
  CHECK_THROWS_WITH(fit_normal_mixture(flat, 5, RandomStream(1)),
                    Catch::Contains("5 components") && Catch::Contains("4 codes"));
}

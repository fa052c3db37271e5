#include <catch2/catch.hpp>
#include <cmath>

#include "metric_support.hpp"
#include "support/numbers.hpp"
#include "support/sine_fill.hpp"

// Exact values: computed in double from the published definitions, with A = F(1, .7; 8, 3), B = .8·F(2, 1.3; 7, 3) + .2 and the like;
// precision, recall, density, coverage and F scores also by their papers' own programs.

using descent::Tensor;
using descent::Value;
using descent::testing::sine_fill;

namespace {

const Tensor made_rows = sine_fill(1, .7, {8, 3}), real_rows = sine_fill(2, 1.3, {7, 3}, .8, .2);

auto as_exact(const std::vector<double>& numbers) {
  const double tolerance = descent::testing::is_double ? 1e-7 : 1e-4;
  return Catch::Matchers::Approx(numbers).margin(tolerance / 10).epsilon(tolerance);
}

}  // namespace

TEST_CASE("precision, recall, density and coverage have the values of their papers' programs") {
  const Tensor real = sine_fill(1, .7, {12, 2}), fake = sine_fill(2, 1.3, {10, 2}, .8, .6);
  const auto k = [](const char* name, int value) { return std::pair{std::string(name), Value::of(value)}; };
  CHECK_THAT(measured_on("precision_recall", {k("k", 1)}, fake, real), as_exact({.4, 4 / 12.}));
  CHECK_THAT(measured_on("density_coverage", {k("k", 1)}, fake, real), as_exact({.5, 2 / 12.}));
  CHECK_THAT(measured_on("precision_recall", {}, fake, real), as_exact({1, 7 / 12.}));
  CHECK_THAT(measured_on("density_coverage", {k("k", 3)}, fake, real), as_exact({.966666667, 9 / 12.}));
  CHECK_THAT(measured_on("prdc", {k("k_precision", 1), k("k_density", 3)}, fake, real),
             as_exact({.4, 4 / 12., .966666667, 9 / 12.}));
  CHECK_THAT(measured_on("prdc", {k("k_precision", 3), k("k_density", 1)}, fake, real),
             as_exact({1, 7 / 12., .5, 2 / 12.}));
}

TEST_CASE(
    "samples of the data's own distribution have density 1 and the coverage that follows from the numbers") {
  constexpr int n = 1000, m = 700, k = 5;
  double density = 0, coverage = 0;
  for (const char* name : {"one", "two", "three"}) {
    const auto found =
        measured_on("density_coverage", {}, normal_rows(m, 4, name), normal_rows(n, 4, "real"));
    density += found[0] / 3;
    coverage += found[1] / 3;
  }
  // Naeem et al. 2020: 1 minus the probability that none of m samples is nearer than the k-th of n − 1 others.
  double missed = 1;
  for (int i = 1; i <= k; ++i) missed *= double(n - i) / (m + n - i);
  CHECK(coverage == Approx(1 - missed).margin(0.02));
  CHECK(density == Approx(1).margin(0.1));
}

// Naeem et al.'s program prdc, with k = 5: its README shows .4772, .4705, 1.0555 and .9735 for one draw; another draw gave
// .4682, .4724, .9620 and .9643.
TEST_CASE("10,000 samples and examples of N(0, I) in 1000 dimensions", "[slow]") {
  const auto found = measured_on("prdc", {{"k_precision", Value::of(5)}}, normal_rows(10000, 1000, "made"),
                                 normal_rows(10000, 1000, "real"));
  CHECK(found[0] == Approx(.4727).margin(.015));
  CHECK(found[1] == Approx(.4715).margin(.015));
  CHECK(found[2] == Approx(1).margin(.12));
  CHECK(found[3] == Approx(.96875).margin(.015));
}

TEST_CASE("mmd has the exact values of both kernels") {
  const auto all = std::pair{std::string("subsets"), Value::of(0)};
  const auto rbf = std::pair{std::string("kernel"), Value::of("rbf")};
  CHECK_THAT(measured_on("mmd", {all}, made_rows, real_rows), as_exact({.0483367406}));
  CHECK_THAT(measured_on("mmd", {all, rbf}, made_rows, real_rows), as_exact({.0557221399}));
  CHECK_THAT(measured_on("mmd", {all, rbf, {"bandwidths", list_of({.5})}}, made_rows, real_rows),
             as_exact({.121961915}));
  CHECK_THAT(measured_on("mmd", {all, rbf, {"bandwidths", list_of({.5, 1, 2})}}, made_rows, real_rows),
             as_exact({.186007846}));
}

TEST_CASE("mmd of two normal distributions comes to that of the populations") {
  Tensor shifted = normal_rows(4000, 3, "shifted");
  for (std::int64_t i = 0; i < shifted.rows(); ++i) {
    shifted.data()[3 * i] += 1;
    shifted.data()[3 * i + 2] += descent::Scalar(.5);
  }
  const Settings options = {
      {"kernel", Value::of("rbf")}, {"subsets", Value::of(40)}, {"subset_size", Value::of(500)}};
  const auto found = measured_on("mmd", options, shifted, normal_rows(4000, 3, "plain"));
  CHECK(found[0] == Approx(.0723857341).margin(.006));
  CHECK(found[1] > .002);
  CHECK(found[1] < .02);
}

TEST_CASE("sliced Wasserstein distances come to their means over all directions") {
  const Tensor p = sine_fill(1, .7, {6, 2}), q = sine_fill(2, 1.3, {6, 2});
  const auto found = measured_on("sliced_wasserstein", {{"directions", Value::of(20000)}}, p, q);
  CHECK(found[0] == Approx(.445741053).margin(5 * found[1]));
  CHECK(found[2] == Approx(.28750544).margin(5 * found[3]));
  CHECK(found[1] < 0.002);
  CHECK(found[3] < 0.002);
}

TEST_CASE("W2 squared of N(0, I) and N(m, I) is |m|² over the dimensions") {
  const auto found = measured_on("sliced_wasserstein", {{"directions", Value::of(400)}},
                                 normal_rows(4000, 8, "made", 1, .7), normal_rows(3000, 8, "real"));
  CHECK(found[2] == Approx(.49).margin(4 * found[3] + .02));
}

TEST_CASE("the Fréchet distance has the exact value, and says where covariances are singular") {
  CHECK_THAT(measured_on("frechet_distance", {}, made_rows, real_rows), as_exact({.865922471, 0}));
  // The set of compare_gan's test: 980/11.
  Tensor first = Tensor::empty({100, 2}), second = Tensor::empty({100, 2});
  for (std::int64_t i = 0; i < 100; ++i) {
    first.data()[2 * i] = i < 50 ? 2 : 1;
    first.data()[2 * i + 1] = 1;
    second.data()[2 * i] = i < 50 ? 9 : 2;
    second.data()[2 * i + 1] = 9;
  }
  CHECK_THAT(measured_on("frechet_distance", {}, first, second), as_exact({980 / 11., 1}));
  CHECK_THAT(measured_on("frechet_distance", {}, made_rows, made_rows),
             Catch::Matchers::Approx(std::vector<double>{0, 0}).margin(1e-6));
}

TEST_CASE("F scores find what modes are missing and what is made besides") {
  // Four far points, each 40 times; of the samples half are of a fifth one.
  Tensor real = Tensor::zeros({160, 2}), made = Tensor::zeros({160, 2});
  for (std::int64_t i = 0; i < 160; ++i) {
    real.data()[2 * i] = static_cast<descent::Scalar>(10 * (i % 4));
    made.data()[2 * i] = static_cast<descent::Scalar>(10 * (i % 4));
    if (i % 2 == 1) made.data()[2 * i + 1] = 50;
  }
  const auto found = measured_on("prd", {{"clusters", Value::of(6)}}, made, real);
  // The samples are of two of the four points, and of two others: half of the mass is shared, and α(λ) = min(λ, 1)/2.
  const double shared = .5;
  CHECK(found[0] == Approx(shared).margin(.01));
  CHECK(found[2] == Approx(shared).margin(.01));
  CHECK(found[1] == Approx(0).margin(1e-9));
  const auto same = measured_on("prd", {}, real, real);
  CHECK(same[0] == Approx(1).margin(1e-6));
  CHECK(same[2] == Approx(1).margin(1e-6));
}

TEST_CASE("the Vendi score has the exact values of both kernels and orders") {
  const auto rbf = std::pair{std::string("kernel"), Value::of("rbf")};
  CHECK_THAT(measured_on("vendi", {}, made_rows, real_rows), as_exact({2.76322873}));
  CHECK_THAT(measured_on("vendi", {rbf}, made_rows, real_rows), as_exact({4.73929006}));
  CHECK_THAT(measured_on("vendi", {rbf, {"order", Value::of(2)}}, made_rows, real_rows),
             as_exact({3.73833606}));
  CHECK_THAT(measured_on("vendi", {rbf}, Tensor::full({9, 3}, .4), real_rows), as_exact({1}));
}

TEST_CASE("the Parzen window has the exact log likelihood, and the validation examples choose its width") {
  CHECK_THAT(measured_on("parzen", {{"bandwidth", Value::of(.3)}}, made_rows, real_rows),
             as_exact({-5.05660619, 1.50154678, .3}));
  // Around training examples it is the same, whatever is generated.
  CHECK_THAT(measured_on("parzen", {{"bandwidth", Value::of(.3)}, {"around", Value::of("training_examples")}},
                         normal_rows(8, 3, "others"), real_rows, made_rows),
             as_exact({-5.05660619, 1.50154678, .3}));
  // Around points that are 3 apart, examples that are off by about .3.
  Tensor points = Tensor::zeros({50, 2}), examples = normal_rows(400, 2, "off");
  for (std::int64_t i = 0; i < 50; ++i) points.data()[2 * i] = static_cast<descent::Scalar>(3 * i);
  for (std::int64_t i = 0; i < examples.size(); ++i)
    examples.data()[i] =
        examples.data()[i] * descent::Scalar(.3) + (i % 2 == 0 ? descent::Scalar(3 * (i / 2 % 50)) : 0);
  const auto found = measured_on("parzen", {}, points, examples, examples);
  CHECK(found[2] == Approx(std::pow(10, -1 + 4 / 9.)).epsilon(1e-6));  // .278, between .215 and .359
}

TEST_CASE("memorization tells copies from fresh samples") {
  const Tensor seen = normal_rows(600, 3, "seen"), held_out = normal_rows(400, 3, "held out");
  const auto fresh = measured_on("memorization", {}, normal_rows(400, 3, "fresh"), held_out, seen);
  CHECK(fresh[0] == Approx(1).margin(.1));
  CHECK(std::abs(fresh[1]) < 4);
  const auto copies = measured_on("memorization", {}, seen, held_out, seen);
  CHECK(copies[0] == 0);
  CHECK(copies[1] == Approx(-std::sqrt(3. * 600 * 400 / 1001)));  // every sample is nearer than any example
  const auto far = measured_on("memorization", {}, normal_rows(400, 3, "far", 1, 9), held_out, seen);
  CHECK(far[0] > 10);
  CHECK(far[1] == Approx(std::sqrt(3. * 400 * 400 / 801)).epsilon(1e-3));
}

TEST_CASE("samples that are no numbers have no distances: every measure is NaN") {
  for (const char* name : {"precision_recall", "density_coverage", "prdc", "sliced_wasserstein",
                           "frechet_distance", "vendi", "parzen", "memorization"}) {
    INFO(name);
    Tensor bad = made_rows.clone();
    bad.data()[5] = NAN;
    for (const double value : measured_on(name, {}, bad, made_rows, made_rows)) CHECK(std::isnan(value));
  }
}

TEST_CASE("too few samples or examples are mistakes, said before the first step") {
  const auto refused = [](const char* name, const Settings& options, std::int64_t size) {
    const OnlyX dataset({3}, size);
    RowsInTurn model(made_rows);
    return [=, metric = make_metric(name, options)] {
      metric->check(model, dataset);
      metric->check_examples(descent::Split::test, [&](descent::Split split) { return dataset.size(split); });
    };
  };
  CHECK_THROWS_WITH(refused("precision_recall", {{"samples", Value::of(3)}}, 100)(),
                    Catch::Contains("needs at least 4") && Catch::Contains("'samples' is 3"));
  CHECK_THROWS_WITH(refused("density_coverage", {{"examples", Value::of(5)}}, 100)(),
                    Catch::Contains("needs at least 6") && Catch::Contains("'examples' is 5"));
  CHECK_THROWS_WITH(refused("prdc", {}, 5)(), Catch::Contains("the split 'test' has 5"));
  CHECK_THROWS_WITH(refused("mmd", {}, 500)(), Catch::Contains("needs at least 1000"));
  CHECK_NOTHROW(refused("mmd", {{"subset_size", Value::of(500)}}, 500)());
  CHECK_THROWS_WITH(make_metric("precision_recall", {{"k", Value::of(0)}}), Catch::Contains("'k'"));
  CHECK_THROWS_WITH(refused("vendi", {{"field", Value::of("y")}}, 100)(), Catch::Contains("'y'"));
}

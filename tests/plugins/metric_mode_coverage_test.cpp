#include <catch2/catch.hpp>
#include <cmath>

#include "metric_support.hpp"

using descent::Scalar;
using descent::Tensor;
using descent::Value;
using descent::Variable;

namespace {

/// The k-th sample it ever makes is the (k mod n)-th of n points.
class Generator final : public HandMadeModel, public descent::Generative {
 public:
  explicit Generator(std::vector<std::vector<double>> points, std::string field = "point")
      : points_(std::move(points)), fields_{std::move(field)} {}
  Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", {count, 3});
  }
  descent::Values from_latent(const Variable& z, const descent::Values&, descent::Show,
                              descent::Pass&) override {
    Tensor samples = Tensor::empty({z.shape()[0], 2});
    for (std::int64_t i = 0; i < samples.rows(); ++i, ++made)
      for (std::size_t d = 0; d < 2; ++d)
        samples.data()[2 * i + std::int64_t(d)] = Scalar(points_[std::size_t(made) % points_.size()][d]);
    return Variable(samples);
  }
  const std::vector<std::string>& fields() const override { return fields_; }

  std::int64_t made = 0;

 private:
  std::vector<std::vector<double>> points_;
  std::vector<std::string> fields_;
};

struct Coverage {
  double modes, high_quality, reverse_kl;
};

/// Measured on a grid of 2x2 modes at (±1, ±1) with standard deviation 0.1.
Coverage coverage(Generator generator, std::int64_t samples) {
  const auto grid = open_dataset("gaussian_grid", {{"side", Value::of(2)}, {"stddev", Value::of(0.1)}});
  HandMadeContext context(grid.get(), 100);
  const auto values =
      make_metric("mode_coverage", {{"samples", Value::of(samples)}})->measure(generator, context);
  CHECK(generator.made == samples);
  REQUIRE(values.size() == 3);
  return {values[0], values[1], values[2]};
}

}  // namespace

TEST_CASE("a generator on every center covers all of the modes") {
  const Coverage all = coverage(Generator({{1, 1}, {1, -1}, {-1, 1}, {-1, -1}}), 1000);
  CHECK(all.modes == 4);
  CHECK(all.high_quality == 1);
  CHECK(all.reverse_kl == Approx(0).margin(1e-12));
}

TEST_CASE("a collapsed generator covers one mode, at the divergence log(modes)") {
  const Coverage one = coverage(Generator({{1, 1}}), 250);
  CHECK(one.modes == 1);
  CHECK(one.high_quality == 1);
  CHECK(one.reverse_kl == Approx(std::log(4.0)));
}

TEST_CASE("high quality ends at three standard deviations, measured along the straight line") {
  const Coverage edge = coverage(Generator({{1.29, 1}, {1, -1.31}, {-1.2, 1.2}, {-1.25, -1.25}}), 400);
  CHECK(edge.modes == 2);  // (-1.25, -1.25) is 0.35 away from its mode, though 0.25 in each direction
  CHECK(edge.high_quality == 0.5);
  CHECK(edge.reverse_kl == Approx(0).margin(1e-12));
}

TEST_CASE("samples that are no numbers count as bad ones") {
  const Coverage half = coverage(Generator({{1, 1}, {NAN, 1}}), 200);
  CHECK(half.modes == 1);
  CHECK(half.high_quality == 0.5);
  CHECK(std::isnan(coverage(Generator({{NAN, NAN}}), 10).reverse_kl));
}

TEST_CASE("the mixture's own points are of high quality at the rate of the chi distribution") {
  const auto ring = open_dataset("gaussian_ring", {});
  descent::Batch batch(ring->fields(), 20000);
  descent::RandomStream random(4);
  ring->sample(descent::Split::test, random, batch);
  std::vector<std::vector<double>> points;
  const auto numbers = batch["point"].value().to_doubles();
  for (std::size_t i = 0; i < numbers.size(); i += 2) points.push_back({numbers[i], numbers[i + 1]});
  Generator perfect(points);
  HandMadeContext context(ring.get(), 512);
  const auto values =
      make_metric("mode_coverage", {{"samples", Value::of(20000)}})->measure(perfect, context);
  CHECK(values[0] == 8);
  const double expected = 1 - std::exp(-4.5);  // P(‖N(0, I₂)‖ < 3)
  CHECK(std::abs(values[1] - expected) < 5 * std::sqrt(expected * (1 - expected) / 20000));
  CHECK(values[2] < 0.002);
}

TEST_CASE("mode coverage needs a generator of points and a mixture") {
  const auto metric = make_metric("mode_coverage");
  const auto ring = open_dataset("gaussian_ring", {});
  const auto glyphs = open_dataset("glyphs", {{"examples", Value::of(10)}, {"test_examples", Value::of(10)}});
  CHECK_NOTHROW(metric->check(Generator({}), *ring));
  CHECK_THROWS_AS(metric->check(HandMadeModel(), *ring), descent::RoleMismatch);
  CHECK_THROWS_AS(metric->check(Generator({}), *glyphs), descent::RoleMismatch);
  CHECK_THROWS_WITH(metric->check(Generator({}, "image"), *ring),
                    Catch::Contains("'point'") && Catch::Contains("'image'"));
}

#include <catch2/catch.hpp>
#include <cmath>

#include "fixed_gan.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

const Tensor real_logits = sine_fill(1, 0.7, {5, 1}, 2), fake_logits = sine_fill(2, 1.3, {5, 1}, 2);

struct Row {
  const char* loss;
  double discriminator, by_real, by_fake, generator, generator_by_fake;
};

// D(x) = x, so that the data and samples are the logits.
std::unique_ptr<train::Training> on_logits(const std::string& loss, const Tensor& real = real_logits,
                                           const Tensor& fake = fake_logits) {
  return fixed_gan(loss, real, fake, sum_of_numbers);
}

double discriminator_objective(const std::string& loss, double first_real) {
  Tensor real = sine_fill(1, 0.7, {5, 1}, 2);
  real.data()[0] = static_cast<Scalar>(first_real);
  const auto training = on_logits(loss, real);
  return objective(*training, "discriminator", whole_batch(*training));
}

double by_first_fake(const std::string& loss, const std::string& player) {
  const auto training = on_logits(loss);
  return gradient(*training, player, "generator.samples", whole_batch(*training))[0];
}

}  // namespace

// Computed in float64 with numpy from the papers' definitions, means over five logits.
TEST_CASE("adversarial losses have the values and gradients of their papers") {
  const double digits = is_double ? 2e-8 : 1e-4;
  const double from_cross_entropy = 1.87277872;
  for (const Row& row : {
           Row{"minimax", from_cross_entropy, -0.0313412593, 0.172079487, -1.09492888, -0.172079487},
           Row{"non_saturating", from_cross_entropy, -0.0313412593, 0.172079487, 0.789987246, -0.027920513},
           Row{"hinge", 2.45974315, 0, 0.2, -0.304941634, -0.2},
           Row{"wasserstein", -0.0751060193, -0.2, 0.2, -0.304941634, -0.2},
           Row{"relativistic", 1.80844638, -0.139281605, 0.255450006, 1.95865842, -0.144549995},
           Row{"{plugin: relativistic, against: paired}", 1.22900288, -0.106772262, 0.106772262, 1.3041089,
               -0.0932277377},
       }) {
    INFO(row.loss);
    const auto training = on_logits(row.loss);
    const Batch batch = whole_batch(*training);
    CHECK(objective(*training, "discriminator", batch) == Approx(row.discriminator).epsilon(digits));
    CHECK(objective(*training, "generator", batch) == Approx(row.generator).epsilon(digits));
    CHECK(by_first_fake(row.loss, "discriminator") == Approx(row.by_fake).epsilon(digits));
    CHECK(by_first_fake(row.loss, "generator") == Approx(row.generator_by_fake).epsilon(digits));
    if (!is_double) continue;
    // Data are no parameters: by a difference.
    const double first = 2 * std::sin(1.0), step = 1e-6;
    const double slope =
        (discriminator_objective(row.loss, first + step) - discriminator_objective(row.loss, first - step)) /
        (2 * step);
    CHECK(slope == Approx(row.by_real).margin(1e-8));
  }
}

TEST_CASE("least_squares minimizes the squared distances to its targets") {
  const double digits = is_double ? 1e-13 : 1e-6;
  const auto half_of_square = [](const Tensor& logits, double target) {
    double sum = 0;
    for (const Scalar logit : logits.values()) sum += std::pow(static_cast<double>(logit) - target, 2);
    return sum / 2 / 5;
  };
  struct Case {
    const char* loss;
    double a, b, c;
  };
  for (const Case& coding :
       {Case{"least_squares", 0, 1, 1}, Case{"{plugin: least_squares, a: -1, b: 1, c: 0}", -1, 1, 0}}) {
    INFO(coding.loss);
    const auto training = on_logits(coding.loss);
    const Batch batch = whole_batch(*training);
    CHECK(objective(*training, "discriminator", batch) ==
          Approx(half_of_square(real_logits, coding.b) + half_of_square(fake_logits, coding.a))
              .epsilon(digits));
    CHECK(objective(*training, "generator", batch) ==
          Approx(half_of_square(fake_logits, coding.c)).epsilon(digits));
    CHECK(by_first_fake(coding.loss, "generator") ==
          Approx((2 * std::sin(2.0) - coding.c) / 5).epsilon(digits));
  }
  CHECK_THAT(error_of([] { on_logits("{plugin: least_squares, a: 1, b: 0}"); }),
             Contains("test.yaml:3:7: least_squares: the samples' target 'a' must be below 'b'"));
}

TEST_CASE("scores are probabilities where the logits are, and values of critics are values") {
  const Tensor real = Tensor::of({2, 1}, {3, -1}), fake = Tensor::of({2, 1}, {-2, 0.5});
  const auto scores = [&](const std::string& loss) {
    const auto training = on_logits(loss, real, fake);
    objective(*training, "discriminator", whole_batch(*training));
    const std::string name = training->game().items()[0].name;
    return std::pair(term(*training, "discriminator", name, "score_real"),
                     term(*training, "discriminator", name, "score_fake"));
  };
  const auto sigma = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto check = [](std::pair<double, double> found, double of_real, double of_fake) {
    CHECK(found.first == Approx(of_real));
    CHECK(found.second == Approx(of_fake));
  };
  check(scores("minimax"), (sigma(3) + sigma(-1)) / 2, (sigma(-2) + sigma(0.5)) / 2);
  for (const char* critic : {"wasserstein", "hinge", "least_squares"}) check(scores(critic), 1, -0.75);
  check(scores("relativistic"), (sigma(3.75) + sigma(-0.25)) / 2, (sigma(-3) + sigma(-0.5)) / 2);
  check(scores("{plugin: relativistic, against: paired}"), (sigma(5) + sigma(-1.5)) / 2,
        (sigma(-5) + sigma(1.5)) / 2);
}

TEST_CASE("a discriminator's accuracy goes by the loss's threshold, and critics have none") {
  // Of data at 3 and 0.4 and samples at −2 and 0.1.
  const auto accuracy = [](const std::string& loss) {
    const auto training = on_logits(loss, Tensor::of({2, 1}, {3, 0.4}), Tensor::of({2, 1}, {-2, 0.1}));
    objective(*training, "discriminator", whole_batch(*training));
    return term(*training, "discriminator", training->game().items()[0].name, "discriminator_accuracy");
  };
  CHECK(accuracy("non_saturating") == Approx(0.75));
  CHECK(accuracy("hinge") == Approx(0.75));
  CHECK(accuracy("least_squares") == Approx(0.75));  // above ½ lies 3 alone, below both samples
  CHECK(accuracy("{plugin: least_squares, a: -0.5}") == Approx(1));
  for (const char* loss : {"wasserstein", "relativistic"}) {
    const auto training = on_logits(loss);
    CHECK_FALSE(training->game().decision_threshold());
    CHECK(training->game().find_player("discriminator")->terms.size() == 4);
  }
  CHECK(*on_logits("{plugin: least_squares, a: -1}")->game().decision_threshold() == 0);
}

TEST_CASE("with top_k the generator learns from its best samples alone") {
  const double digits = is_double ? 1e-13 : 1e-6;
  // 2·sin(2 + 1.3k + 0.05k²): the two largest of five.
  std::vector<double> logits = fake_logits.to_doubles(), sorted = logits;
  std::sort(sorted.rbegin(), sorted.rend());
  const std::string loss = "{plugin: hinge, top_k: 0.5}";
  const auto training = on_logits(loss);
  const Batch batch = whole_batch(*training);
  CHECK(objective(*training, "generator", batch) == Approx(-(sorted[0] + sorted[1]) / 2).epsilon(digits));
  const std::vector<double> slopes = gradient(*training, "generator", "generator.samples", batch);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(slopes[i] == Approx(logits[i] >= sorted[1] ? -0.5 : 0).margin(1e-12));
  // The discriminator learns from all, and so does a generator for whom the smallest fraction leaves one.
  CHECK(objective(*training, "discriminator", batch) ==
        Approx(objective(*on_logits("hinge"), "discriminator", batch)).epsilon(digits));
  CHECK(objective(*on_logits("{plugin: hinge, top_k: 0.01}"), "generator", batch) ==
        Approx(-sorted[0]).epsilon(digits));
  const auto annealed =
      on_logits("{plugin: wasserstein, top_k: {schedule: piecewise, values: [1, 0.4], boundaries: [1]}}");
  play(*annealed, 1);
  const double all = term(*annealed, "generator", "wasserstein", "adversarial");
  CHECK(all == Approx(-std::accumulate(logits.begin(), logits.end(), 0.0) / 5).epsilon(1e-5));
  play(*annealed, 1);
  CHECK(term(*annealed, "generator", "wasserstein", "adversarial") < all - 0.5);
}

TEST_CASE("adversarial losses have the gradients of their values") {
  for (const char* loss :
       {"minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic",
        "{plugin: relativistic, against: paired}", "{plugin: minimax, top_k: 0.4}"}) {
    INFO(loss);
    // Without a last bias, whose gradient under a relativistic loss is 0 but for rounding.
    const auto training =
        fixed_gan(loss, sine_fill(1, 0.7, {6, 2}), sine_fill(4, 0.5, {6, 2}, 1.5),
                  "{layers: [{linear: 8}, tanh, {linear: {outputs: output, bias: false}}]}");
    CHECK(game_gradient_mismatch(*training, whole_batch(*training)) == "");
  }
}

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/run/run.hpp"
#include "fixed_gan.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

const Tensor real_points = sine_fill(1, 0.7, {6, 2}), fake_points = sine_fill(4, 0.5, {6, 2}, 1.5);

// t·x + (1 − t)·y with t = (n + ½)/6.
Tensor between() {
  Tensor points = Tensor::zeros({6, 2});
  for (std::int64_t i = 0; i < 12; ++i) {
    const std::int64_t row = i / 2;
    const double t = (static_cast<double>(row) + 0.5) / 6;
    points.data()[i] = static_cast<Scalar>(t * static_cast<double>(real_points.data()[i]) +
                                           (1 - t) * static_cast<double>(fake_points.data()[i]));
  }
  return points;
}

// A critic 2-8-1 with sines as weights.
std::unique_ptr<train::Training> with_critic(const std::string& losses, const std::string& activation,
                                             const Tensor& real, const Tensor& fake) {
  auto training =
      fixed_gan(losses, real, fake, "{layers: [{linear: 8}, " + activation + ", {linear: output}]}");
  set_parameter(*training, "discriminator.0.weight", sine_fill(2, 0.9, {2, 8}));
  set_parameter(*training, "discriminator.0.bias", sine_fill(0.5, 1.3, {8}, 0.1));
  set_parameter(*training, "discriminator.1.weight", sine_fill(3, 1.1, {8, 1}));
  set_parameter(*training, "discriminator.1.bias", Tensor::full({1}, static_cast<Scalar>(0.1)));
  return training;
}

struct Found {
  double value = 0, norm = 0, by_w2 = 0;
  std::vector<double> gradient = {};
};

// Of the discriminator's objective, by its own parameters.
Found looked_at(train::Training& training) {
  const Batch batch = whole_batch(training);
  Found found{objective(training, "discriminator", batch), 0, 0, {}};
  for (const char* name : {"0.weight", "0.bias", "1.weight", "1.bias"}) {
    const auto slopes = gradient(training, "discriminator", "discriminator." + std::string(name), batch);
    for (const double slope : slopes) found.norm += slope * slope;
    found.gradient.insert(found.gradient.end(), slopes.begin(), slopes.end());
    if (name == std::string("1.weight")) found.by_w2 = slopes[0];
  }
  found.norm = std::sqrt(found.norm);
  return found;
}

// D(x) = x²/2, whose slope is |x|.
const std::string half_square =
    "{layers: [{linear: {outputs: 1, bias: false}}, test_half_square], initializer: {constant: 1}, head: "
    "none}";

// The penalty beside an adversarial loss that weighs nothing.
std::string alone(const std::string& penalty) {
  return "[{plugin: wasserstein, weight: 0}, " + penalty + "]";
}

}  // namespace

// Computed in float64 by torch's double backward, and by complex steps of gradients written by hand: λ = γ = 10, 33
// parameters. Where data and samples are the same points, the points between them are these, too.
TEST_CASE("penalties on the slope have the values and gradients of their papers") {
  const double first_order = is_double ? 1e-8 : 1e-4, second_order = is_double ? 1e-8 : 1e-3;
  const std::string gp = "{plugin: gradient_penalty, weight: 10, kind: ";
  const Found wgan_gp{0.698969503, 10.4603206, -2.15720909}, r1{7.04983786, 22.5320261, -5.02922948},
      leaky_r1{4.88719928, 18.3114645, -5.37415245};
  const std::vector<std::tuple<std::string, Tensor, Found, Found>> rows = {
      {gp + "wgan_gp}", between(), wgan_gp, {1.09908281, 4.46029567, 1.53870235}},
      {gp + "one_sided}", between(), wgan_gp, {0.104182783, 2.53650388, -0.262007426}},
      {gp + "zero_centered}",
       between(),
       {15.6253164, 51.3522846, -11.0131437},
       {8.00697234, 29.6388774, -5.40793753}},
      {"{plugin: r1, weight: 10}", real_points, r1, leaky_r1},
      {"{plugin: r2, weight: 10}", real_points, r1, leaky_r1},
  };
  for (const auto& [penalty, points, with_tanh, with_leaky] : rows) {
    INFO(penalty);
    for (const auto& [activation, expected] :
         {std::pair("tanh", with_tanh), {"{leaky_relu: 0.2}", with_leaky}}) {
      INFO(activation);
      const Found found = looked_at(*with_critic(alone(penalty), activation, points, points));
      CHECK(found.value == Approx(expected.value).epsilon(first_order));
      CHECK(found.norm == Approx(expected.norm).epsilon(second_order));
      CHECK(found.by_w2 == Approx(expected.by_w2).epsilon(second_order));
    }
  }
}

// Computed as above: mean D(y) − mean D(x) with the gradient penalty.
TEST_CASE("the Wasserstein critic and its gradient penalty add up") {
  const auto check = [](const char* activation, double value, double norm) {
    const Found critic = looked_at(*with_critic("wasserstein", activation, real_points, fake_points));
    const Found penalty = looked_at(
        *with_critic(alone("{plugin: gradient_penalty, weight: 10}"), activation, between(), between()));
    CHECK(critic.value + penalty.value == Approx(value).epsilon(is_double ? 2e-8 : 1e-4));
    double squares = 0;
    for (std::size_t i = 0; i < critic.gradient.size(); ++i)
      squares += std::pow(critic.gradient[i] + penalty.gradient[i], 2);
    CHECK(std::sqrt(squares) == Approx(norm).epsilon(is_double ? 2e-8 : 1e-3));
  };
  check("tanh", 0.594840566, 10.4927731);
  check("{leaky_relu: 0.2}", 1.07239319, 4.94415919);
}

TEST_CASE("a weight multiplies a penalty, and the generator has none") {
  const std::string twice = "{plugin: r1, weight: 20}";
  CHECK(looked_at(*with_critic(alone(twice), "tanh", real_points, fake_points)).value ==
        Approx(2 * 7.04983786).epsilon(1e-4));
  for (const char* penalty : {"r1", "r2", "gradient_penalty"}) {
    const auto training =
        with_critic("[wasserstein, " + std::string(penalty) + "]", "tanh", real_points, fake_points);
    const auto without = with_critic("wasserstein", "tanh", real_points, fake_points);
    CHECK(objective(*training, "generator", whole_batch(*training)) ==
          objective(*without, "generator", whole_batch(*without)));
  }
}

namespace {

// The mean of a penalty over many examples of data at a and samples at b with D(x) = x²/2, whose slope is |x|.
double mean_penalty(const std::string& kind, double a, double b) {
  const std::int64_t n = 4000;
  const auto training = fixed_gan(alone("{plugin: gradient_penalty, kind: " + kind + "}"),
                                  Tensor::full({n, 1}, static_cast<Scalar>(a)),
                                  Tensor::full({n, 1}, static_cast<Scalar>(b)), half_square);
  return objective(*training, "discriminator", whole_batch(*training));
}

}  // namespace

// For x uniform between a and b: E x² = (a² + ab + b²)/3 and E (x − 1)² likewise, within five standard errors.
TEST_CASE("points between data and samples are uniform on the line") {
  CHECK(mean_penalty("zero_centered", 1, 4) == Approx(7).margin(0.35));
  CHECK(mean_penalty("wgan_gp", 1, 4) == Approx(3).margin(0.22));
  CHECK(mean_penalty("one_sided", 0, 2) == Approx(1.0 / 6).margin(0.025));  // ∫ over (1, 2) of (x − 1)²/2
  CHECK(mean_penalty("wgan_gp", 0, 2) == Approx(1.0 / 3).margin(0.025));
}

// Data at ±1 with samples anywhere: their deviation is 1, so that x is normal around them with deviation ½.
TEST_CASE("dragan's points are normal around data, with half of the data's deviation") {
  const std::int64_t n = 4000;
  Tensor rows = Tensor::zeros({n, 1});
  for (std::int64_t i = 0; i < n; ++i) rows.data()[i] = static_cast<Scalar>(i % 2 == 0 ? 1 : -1);
  const auto training = fixed_gan(alone("{plugin: gradient_penalty, kind: dragan, target: 0}"), rows,
                                  Tensor::full({n, 1}, 50), half_square);
  // E x² = 1 + ¼; its deviation over √4000 is 0.017.
  CHECK(objective(*training, "discriminator", whole_batch(*training)) == Approx(1.25).margin(0.085));
}

TEST_CASE("penalties have the gradients of their values, and a slope of 0 has one") {
  for (const char* penalty :
       {"r1", "r2", "gradient_penalty", "{plugin: gradient_penalty, kind: one_sided, target: 0.5}",
        "{plugin: gradient_penalty, kind: zero_centered}", "{plugin: gradient_penalty, kind: dragan}"}) {
    INFO(penalty);
    const auto training =
        with_critic("[non_saturating, " + std::string(penalty) + "]", "tanh", real_points, fake_points);
    CHECK(game_gradient_mismatch(*training, whole_batch(*training), {.second_order = false}) == "");
    const auto flat = fixed_gan(alone(penalty), real_points, fake_points,
                                "{layers: [{linear: 3}, relu], initializer: {constant: 0}}");
    for (const double slope : gradient(*flat, "discriminator", "discriminator.0.weight", whole_batch(*flat)))
      CHECK(slope == 0);
    play(*flat, 2);
    for (const double value : parameter(*flat, "discriminator.0.weight")) CHECK(value == 0);
  }
}

// D is linear in 64 pixels, with a slope of ¼ for each, and in a number, with 3: ‖∇D‖² is 4 + 9.
TEST_CASE("the slope is that over all fields of a model") {
  const auto penalty = [](const std::string& loss) {
    const auto training = training_of(
        "dataset: {plugin: glyphs, pixels: 8, examples: 20, test_examples: 5}\nmodel: test_two_fields\n"
        "loss: [{plugin: wasserstein, weight: 0}, " +
        loss + "]\noptimizer: sgd\ntrainer: {steps: 3, batch_size: 20}\n");
    const Batch batch = whole_batch(*training);
    const double value = objective(*training, "discriminator", batch);
    play(*training, 2);
    return value;
  };
  CHECK(penalty("r1") == Approx(6.5));
  CHECK(penalty("r2") == Approx(6.5));
  for (const char* kind : {"wgan_gp", "one_sided", "dragan"})
    CHECK(penalty("{plugin: gradient_penalty, kind: " + std::string(kind) + "}") ==
          Approx(std::pow(std::sqrt(13.0) - 1, 2)));
  CHECK(penalty("{plugin: gradient_penalty, kind: zero_centered}") == Approx(13));
}

TEST_CASE("a penalty on a discriminator with batch normalization is warned of, with the reason") {
  const auto warnings = [](const std::string& discriminator) {
    std::vector<std::string> found;
    run::check_experiment(
        experiment_of("dataset: gaussian_ring\nmodel: {plugin: gan, discriminator: " + discriminator +
                      "}\nloss:\n  - non_saturating\n  - {plugin: r1, weight: 10}\noptimizer: adam\n"
                      "trainer: {steps: 1}\n"),
        &found);
    return found;
  };
  const auto found = warnings("{hidden: [8], batch_norm: true}");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0],
             Catch::Matchers::StartsWith("test.yaml:5:5: loss 'r1': a layer of the discriminator mixes the "
                                         "examples of a batch, as batch_norm does"));
  CHECK(warnings("{layers: [{linear: 8}, layer_norm, relu]}").empty());
}

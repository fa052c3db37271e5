#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;

static std::string game(const std::string& losses, const std::string& optimizer, const std::string& turns) {
  return "model: {plugin: test_point, start: {x: [1], y: [0.5]}}\nloss: " + losses +
         "\noptimizer: " + optimizer + "\ntrainer: {steps: 100, turns: " + turns + "}\n";
}

static const std::string alternating = "[{minimizer: 1}, {maximizer: 1}]";

static std::vector<double> point(const train::Training& training) {
  return {parameter(training, "x.vector")[0], parameter(training, "y.vector")[0]};
}

// x·y with (curvature / 2)·x² for the one and (curvature / 2)·y² for the other.
static std::string curved_game(const std::string& curvature) {
  return "[test_bilinear, {plugin: l2, weight: " + curvature + "}]";
}

static const std::string extragradient =
    "[{plugin: test_extragradient, rate: 0.25}, {plugin: test_descent, learning_rate: 0.25}]";

TEST_CASE("simultaneous extragradient steps shrink a bilinear game by sqrt(1 - h² + h⁴)") {
  const double h = 0.25, factor = std::sqrt(1 - h * h + h * h * h * h);
  const auto training = training_of(game("test_bilinear", extragradient, "simultaneous"));
  double length = std::hypot(1, 0.5);
  for (int step = 0; step < 10; ++step) {
    play(*training, 1);
    const auto now = point(*training);
    length *= factor;
    CHECK(std::hypot(now[0], now[1]) == Catch::Detail::Approx(length).epsilon(10 * tolerance));
  }
  const auto plain =
      training_of(game("test_bilinear", "{plugin: test_descent, learning_rate: 0.25}", "simultaneous"));
  play(*plain, 1);
  CHECK_THAT(point(*plain), is_about({1 - h * 0.5, 0.5 + h * 1}));
}

TEST_CASE("in an alternating turn a probe moves its own player only") {
  const double h = 0.25, a = 0.5;
  const auto training = training_of(game(curved_game("0.5"), extragradient, alternating));
  double x = 1, y = 0.5;
  for (int step = 0; step < 5; ++step) {
    const double x_ahead = x - h * (y + a * x);
    x -= h * (y + a * x_ahead);
    const double y_ahead = y - h * (-x + a * y);
    y -= h * (-x + a * y_ahead);
    play(*training, 1);
    CHECK_THAT(point(*training), is_about({x, y}));
  }
}

TEST_CASE("players without a probe go by the gradient where all of them stand") {
  const double h = 0.25, a = 0.5;
  const auto training = training_of(
      game(curved_game("0.5"),
           "{minimizer: " + extragradient + ", maximizer: {plugin: test_descent, learning_rate: 0.25}}",
           "simultaneous"));
  double x = 1, y = 0.5;
  for (int step = 0; step < 5; ++step) {
    const double x_ahead = x - h * (y + a * x);
    const double x_next = x - h * (y + a * x_ahead);
    y -= h * (-x + a * y);
    x = x_next;
    play(*training, 1);
    CHECK_THAT(point(*training), is_about({x, y}));
  }
}

TEST_CASE("parameters without a probe go by the gradient where their player stands") {
  const auto experiment = [](const std::string& first_layer) {
    return "dataset: {plugin: test_table, examples: 8}\n"
           "model: {plugin: mlp, input: x, target: target, network: {hidden: [4], activation: tanh}}\n"
           "loss: mean_squared_error\ntrainer: {steps: 9, batch_size: 8}\noptimizer: {'network.0.*': " +
           first_layer + ", 'network.1.*': {plugin: test_descent, learning_rate: 0.25}}\n";
  };
  const auto plain = training_of(experiment("{plugin: test_descent, learning_rate: 0.25}")),
             probed = training_of(experiment(extragradient));
  play(*plain, 1);
  play(*probed, 1);
  CHECK(parameter(*plain, "network.0.weight") != parameter(*probed, "network.0.weight"));
  CHECK(parameter(*plain, "network.1.weight") == parameter(*probed, "network.1.weight"));
}

TEST_CASE("a probe with its chain looks ahead by what the rules behind it make of the gradient") {
  const auto chained = [](const std::string& rest) {
    return "model: {plugin: test_point, start: {x: [2]}}\nloss: test_quadratic\ntrainer: {steps: "
           "10}\noptimizer: "
           "[test_counter, {plugin: test_extragradient, extrapolate: chain}, " +
           rest + "]\n";
  };
  const auto plain = training_of(chained("{plugin: test_descent, learning_rate: 0.25}"));
  play(*plain, 1);
  // Ahead at 2 − 0.25·2 = 1.5. Rules before the probe see the second gradient only: test_counter halves it.
  CHECK_THAT(parameter(*plain, "x.vector"), is_about({2 - 0.25 * 0.5 * 1.5}));
  CHECK(unit_of(*plain, "x.vector").rules[0].scalars == std::vector{1.0, 0.5});

  const auto normalized = training_of(chained("test_norm_player"));
  play(*normalized, 1);
  CHECK_THAT(parameter(*normalized, "x.vector"), is_about({1}));
}

// Gidel et al., A Variational Inequality Perspective on Generative Adversarial Networks, 2019, algorithm 4:
// both half steps update the moments and count for the bias correction.
TEST_CASE("extra-Adam keeps one pair of moments for both of its half steps") {
  const auto training = training_of(
      "model: {plugin: test_point, start: {x: [2]}}\nloss: test_quadratic\ntrainer: {steps: 10}\noptimizer: "
      "[{plugin: test_extragradient, extrapolate: chain}, {plugin: adam, learning_rate: 0.1, beta1: 0.5, "
      "beta2: 0.9}]\n");
  double x = 2, m = 0, v = 0;
  int t = 0;
  const auto adam = [&](double gradient) {
    ++t;
    m = 0.5 * m + 0.5 * gradient;
    v = 0.9 * v + 0.1 * gradient * gradient;
    return 0.1 * (m / (1 - std::pow(0.5, t))) / (std::sqrt(v / (1 - std::pow(0.9, t))) + 1e-8);
  };
  for (int step = 0; step < 5; ++step) {
    const double ahead = x - adam(x);
    x -= adam(ahead);
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({x}));
  }
}

TEST_CASE("the gradient ahead is taken on the same batch with the same random numbers") {
  // The data are all that differs between steps: a probe of rate 1e-30 moves nothing, so both gradients are
  // the same.
  const auto experiment = [](const std::string& probe) {
    return "dataset: test_mixture\nmodel: test_pair\nloss: non_saturating\ntrainer: {steps: 9, batch_size: "
           "8}\n"
           "optimizer: [" +
           probe + "{plugin: adam, learning_rate: 0.1}]\n";
  };
  const auto plain = training_of(experiment("")),
             probed = training_of(experiment("{plugin: test_extragradient, rate: 1.0e-30}, "));
  for (int step = 0; step < 3; ++step) {
    play(*plain, 1);
    play(*probed, 1);
    for (const char* name :
         {"generator.scale", "generator.shift", "discriminator.direction", "discriminator.offset"})
      CHECK(parameter(*plain, name) == parameter(*probed, name));
  }
}

TEST_CASE("the evaluation ahead stages no buffers and logs no terms") {
  const auto experiment = [](const std::string& probe) {
    return "dataset: {plugin: test_table, examples: 8}\n"
           "model: {plugin: mlp, input: x, target: target, network: {hidden: [4, 4], activation: tanh, "
           "batch_norm: true}}\n"
           "loss: mean_squared_error\ntrainer: {steps: 9, batch_size: 8}\noptimizer: [" +
           probe + "{plugin: test_descent, learning_rate: 0.01}]\n";
  };
  const auto plain = training_of(experiment("")),
             probed = training_of(experiment("{plugin: test_extragradient, rate: 0.5}, "));
  play(*plain, 1);
  play(*probed, 1);
  // The second layer's statistics depend on the first one's weights, which the probe had moved.
  REQUIRE(plain->registrar().buffers().size() >= 4);
  for (const auto& one : plain->registrar().buffers())
    CHECK(buffer(*probed, one->name()) == one->value().to_doubles());
  CHECK(parameter(*plain, "network.0.weight") != parameter(*probed, "network.0.weight"));
  CHECK(term(*plain, "model", "mean_squared_error", "squared_error") ==
        term(*probed, "model", "mean_squared_error", "squared_error"));
}

TEST_CASE("a rule that holds the chain may not stand where a probe looks ahead with it") {
  const std::string ahead = "{plugin: extragradient, extrapolate: chain}",
                    descent = "{plugin: test_descent, learning_rate: 0.25}";
  const auto refusal = [](const std::string& chain) {
    return error_of([&] { training_of(game("test_bilinear", chain, "simultaneous")); });
  };
  CHECK(
      refusal("[" + ahead + ", {plugin: test_accumulate, every: 2}, " + descent + "]") ==
      "test.yaml:3:58: optimizer 'test_accumulate' holds the chain, so that the probe before it looks ahead "
      "nowhere; put it before the probe");
  CHECK(refusal("[" + descent + ", " + ahead + "]") ==
        "test.yaml:3:58: optimizer 'extragradient' looks ahead with the rules behind it, and there is none; "
        "put it "
        "before those that it is to look ahead with");
  const auto right =
      training_of(game("test_bilinear",
                       "[{plugin: test_accumulate, every: 2}, {plugin: extragradient, extrapolate: chain}, "
                       "{plugin: test_descent, learning_rate: 0.25}]",
                       "simultaneous"));
  play(*right, 2);
  CHECK(point(*right) != std::vector{1.0, 0.5});
}

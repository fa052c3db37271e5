#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

std::string unrolled_bilinear(int steps, const char* weight = "1") {
  return "model: {plugin: point, start: {x: [1.0], y: [0.5]}}\nloss:\n  - bilinear\n  - {plugin: unrolled, "
         "player: x, "
         "opponent: y, steps: " +
         std::to_string(steps) + ", learning_rate: 0.3, weight: " + weight +
         "}\noptimizer: {plugin: sgd, learning_rate: 0.1}\ntrainer: {steps: 1000, turns: simultaneous}\n";
}

}  // namespace

// min over x, max over y of xy: k steps of η take y to y + kηx, where x minimizes x·y + kηx², whose gradient y + 2kηx
// goes through the steps. (x, y) <- (x − h(y + 2kηx), y + hx).
TEST_CASE("an unrolled bilinear game is the closed form, gradient through the steps included") {
  for (const int k : {1, 2, 5}) {
    const auto training = training_of(unrolled_bilinear(k));
    double x = 1, y = 0.5;
    CHECK(objective(*training, "x") == Approx(x * y + 0.3 * k * x * x));
    CHECK(objective(*training, "y") == Approx(-x * y));
    CHECK(gradient(*training, "x", "x.value")[0] == Approx(y + 0.6 * k * x));
    CHECK(game_gradient_mismatch(*training) == "");
    for (int step = 0; step < 30; ++step) {
      const double next = x - 0.1 * (y + 0.6 * k * x);
      y += 0.1 * x;
      x = next;
    }
    play(*training, 30);
    CHECK(parameter(*training, "x.value")[0] == Approx(x).margin(is_double ? 1e-13 : 1e-5));
    CHECK(parameter(*training, "y.value")[0] == Approx(y).margin(is_double ? 1e-13 : 1e-5));
  }
}

// The Dirac-GAN with R1: f(t) = −log(1 + e^−t).
TEST_CASE("each foreseen step begins where the one before has led") {
  const auto game = [](int steps) {
    return training_of(
        "model: {plugin: point, start: {generator: [0.8], discriminator: [-0.6]}}\nloss: [{plugin: "
        "dirac_gan, r1: 0.4}, {plugin: unrolled, steps: " +
        std::to_string(steps) +
        ", learning_rate: 0.5}]\noptimizer: sgd\ntrainer: {steps: 10, turns: simultaneous}\n");
  };
  // The discriminator minimizes −f(ψθ) − f(0) + 0.2ψ².
  const auto ahead = [](double psi_now, int k) {
    for (int i = 0; i < k; ++i) psi_now -= 0.5 * (-0.8 / (1 + std::exp(0.8 * psi_now)) + 0.4 * psi_now);
    return psi_now;
  };
  for (const int k : {1, 2, 4}) {
    const auto training = game(k);
    CHECK(objective(*training, "generator") ==
          Approx(-std::log1p(std::exp(-0.8 * ahead(-0.6, k)))).epsilon(1e-6));
    CHECK(game_gradient_mismatch(*training) == "");
  }
}

TEST_CASE("a GAN's generator foresees its discriminator, and the networks' state stays what it was") {
  const std::string yaml =
      "dataset: gaussian_ring\nmodel: {plugin: gan, generator: {hidden: [8], activation: tanh, batch_norm: "
      "true}, "
      "discriminator: {hidden: [8], activation: tanh}}\noptimizer: {plugin: sgd, learning_rate: 0.05}\n"
      "trainer: {steps: 20, batch_size: 16}\nloss: ";
  const auto training =
      training_of(yaml + "[non_saturating, {plugin: unrolled, steps: 3, learning_rate: 0.05}]\n");
  descent::Batch batch(training->fields(), 16);
  descent::RandomStream random(3);
  training->dataset()->sample(descent::Split::train, random, batch);
  CHECK(game_gradient_mismatch(*training, batch, {.second_order = false, .tolerance = 1e-5}) == "");
  const auto plain = training_of(yaml + "non_saturating\n");
  play(*training, 1);
  play(*plain, 1);
  // The discriminator moves first, and alone: as without foresight. Buffers too.
  CHECK(parameter(*training, "discriminator.0.weight") == parameter(*plain, "discriminator.0.weight"));
  CHECK(buffer(*training, "generator.1.running_mean") == buffer(*plain, "generator.1.running_mean"));
  CHECK(parameter(*training, "generator.0.weight") != parameter(*plain, "generator.0.weight"));
}

TEST_CASE("whom unrolled cannot foresee is told") {
  CHECK_THAT(error_of([] {
               training_of(
                   "model: {plugin: point, start: {x: [1], y: [1]}}\nloss: [bilinear, unrolled]\n"
                   "optimizer: sgd\ntrainer: {steps: 1}\n");
             }),
             Contains("unrolled foresees the steps of 'discriminator', but no group of parameters has that "
                      "name"));
}

#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent::testing;

namespace {

std::string bilinear(const std::string& start, const std::string& matrix, double gamma, double rate) {
  return "model: {plugin: point, start: " + start + "}\nloss: [{plugin: bilinear, matrix: " + matrix +
         "}, {plugin: consensus, weight: " + std::to_string(gamma) +
         "}]\noptimizer: {plugin: sgd, learning_rate: " + std::to_string(rate) +
         "}\ntrainer: {steps: 1000, turns: simultaneous}\n"
         "metrics: [{plugin: objective, every: 1000, loss: consensus}]\n";
}

}  // namespace

// On min over x, max over y of xy, L = ½(x² + y²): a step takes (x, y) to ((1 − hγ)x − hy, (1 − hγ)y + hx),
// whose norm is √((1 − hγ)² + h²) times as long.
TEST_CASE("consensus turns the bilinear game's spiral inwards by the known factor") {
  for (const auto& [gamma, rate] : {std::pair(1.0, 0.1), {0.3, 0.2}, {0.05, 0.1}}) {
    const auto training = training_of(bilinear("{x: [1.0], y: [1.0]}", "[[1]]", gamma, rate));
    play(*training, 100);
    const double norm = std::hypot(parameter(*training, "x.value")[0], parameter(*training, "y.value")[0]);
    const double factor = std::hypot(1 - rate * gamma, rate);
    CHECK(norm == Approx(std::sqrt(2.0) * std::pow(factor, 100)).epsilon(is_double ? 1e-10 : 1e-4));
  }
}

TEST_CASE("consensus adds up all players' gradients, and metrics see it") {
  const auto training =
      training_of(bilinear("{x: [1.0, 2.0], y: [3.0, -1.0]}", "[[1, 2], [0, 1]]", 0.5, 0.1));
  // A·y = (1, −1), Aᵀ·x = (1, 4): ½·(2 + 17); the objective weighs it.
  CHECK(measured(*training, "objective")[0] == Approx(0.5 * 9.5));
  play(*training, 1);
  for (const char* player : {"x", "y"})
    CHECK(term(*training, player, "consensus", "consensus") == Approx(9.5));
  CHECK(game_gradient_mismatch(*training) == "");
}

TEST_CASE("consensus composes with an adversarial game and a penalty") {
  const auto training = training_of(
      "dataset: {plugin: gaussian_ring}\n"
      "model: {plugin: gan, generator: {hidden: [8], activation: tanh}, discriminator: {hidden: [8], "
      "activation: "
      "tanh}}\n"
      "loss: [non_saturating, {plugin: l2, weight: 0.01}, {plugin: consensus, weight: 10.0}]\n"
      "optimizer: {plugin: sgd, learning_rate: 0.01}\n"
      "trainer: {steps: 20, batch_size: 16, turns: simultaneous}\n");
  descent::Batch batch(training->fields(), 16);
  descent::RandomStream random(3);
  training->dataset()->sample(descent::Split::train, random, batch);
  CHECK(game_gradient_mismatch(*training, batch) == "");
  play(*training, 20);
  CHECK(std::isfinite(term(*training, "generator", "consensus", "consensus")));
}

TEST_CASE("consensus shrinks the field where plain steps leave the Dirac-GAN circling") {
  const auto norm_after = [](const std::string& losses) {
    const auto training = training_of(
        "model: {plugin: point, start: {generator: [1.0], discriminator: [1.0]}}\nloss: " + losses +
        "\noptimizer: {plugin: sgd, learning_rate: 0.1}\ntrainer: {steps: 1000, turns: simultaneous}\n");
    play(*training, 1000);
    return std::hypot(parameter(*training, "generator.value")[0],
                      parameter(*training, "discriminator.value")[0]);
  };
  CHECK(norm_after("[dirac_gan]") > 2);
  CHECK(norm_after("[dirac_gan, {plugin: consensus, weight: 1.0}]") < 1e-6);
}

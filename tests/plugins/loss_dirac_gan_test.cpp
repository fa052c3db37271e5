#include <catch2/catch.hpp>
#include <cmath>

#include <fmt/format.h>

#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

std::unique_ptr<descent::train::Training> game(const std::string& options, double theta = 1, double psi = 1) {
  return training_of("model: {plugin: point, start: {generator: [" + std::to_string(theta) +
                     "], discriminator: [" + std::to_string(psi) + "]}}\nloss: {plugin: dirac_gan" + options +
                     "}\noptimizer: {plugin: sgd, learning_rate: 0.1}\n"
                     "trainer: {steps: 1000, turns: simultaneous}\n");
}

double softplus(double t) {
  return std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t)));
}

}  // namespace

TEST_CASE("the Dirac-GAN's players minimize what the paper says") {
  const double theta = 0.8, psi = -1.5, t = theta * psi;
  const auto generator = [&](const char* options) {
    return objective(*game(options, theta, psi), "generator");
  };
  const auto discriminator = [&](const char* options) {
    return objective(*game(options, theta, psi), "discriminator");
  };
  CHECK(generator("") == Approx(-softplus(-t)).epsilon(1e-6));
  CHECK(generator(", variant: non_saturating") == Approx(softplus(t)).epsilon(1e-6));
  CHECK(generator(", variant: wasserstein") == Approx(t).epsilon(1e-6));
  const double fake_and_real = softplus(-t) + std::log(2.0);
  CHECK(discriminator("") == Approx(fake_and_real).epsilon(1e-6));
  CHECK(discriminator(", variant: non_saturating") == Approx(fake_and_real).epsilon(1e-6));
  CHECK(discriminator(", variant: wasserstein") == Approx(-t).epsilon(1e-6));
  CHECK(discriminator(", r1: 0.4") == Approx(fake_and_real + 0.2 * psi * psi).epsilon(1e-6));
  CHECK(discriminator(", gradient_penalty: 0.4, target: 2") ==
        Approx(fake_and_real + 0.2 * 0.25).epsilon(1e-6));
  CHECK(generator(", r1: 0.4, gradient_penalty: 0.4") == Approx(-softplus(-t)).epsilon(1e-6));
}

// The mean of softplus(−slope·x) over x ~ N(mean, sigma²), on a grid far finer than the plugin's own.
static double blurred(double slope, double mean, double sigma) {
  double sum = 0;
  for (int i = -100000; i <= 100000; ++i) {
    const double z = i * 1e-4;
    sum += 1e-4 * std::exp(-z * z / 2) / std::sqrt(2 * M_PI) * softplus(-slope * (mean + sigma * z));
  }
  return sum;
}

TEST_CASE("instance noise is its expectation however steep the discriminator") {
  const double digits = differences_are_checked ? 1e-11 : 1e-5;
  for (const double sigma : {0.1, 2.0, 10.0, 40.0})
    for (const double psi : {-0.3, 3.0, 20.0}) {
      CAPTURE(sigma, psi);
      const auto training = game(fmt::format(", instance_noise: {}", sigma), 0.8, psi);
      CHECK(objective(*training, "generator") ==
            Approx(-blurred(psi, 0.8, sigma)).epsilon(digits).margin(digits / 1000));
    }
}

TEST_CASE("instance noise is its expectation") {
  const double theta = 0.8, psi = -1.5, sigma = 0.7;
  const auto expected = [&](double slope, double mean) { return blurred(slope, mean, sigma); };
  const double digits = differences_are_checked ? 1e-11 : 1e-5;
  const auto training = game(", instance_noise: 0.7", theta, psi);
  CHECK(objective(*training, "generator") == Approx(-expected(psi, theta)).epsilon(digits));
  CHECK(objective(*training, "discriminator") ==
        Approx(expected(psi, theta) + expected(-psi, 0)).epsilon(digits));
  CHECK(objective(*game(", variant: wasserstein, instance_noise: 0.7", theta, psi), "generator") ==
        Approx(theta * psi).epsilon(digits));
}

TEST_CASE("the Dirac-GAN's gradients are those of its objectives") {
  for (const char* variant : {"minimax", "non_saturating", "wasserstein"}) {
    INFO(variant);
    CHECK(game_gradient_mismatch(*game(std::string(", variant: ") + variant, 0.8, -1.5)) == "");
    CHECK(game_gradient_mismatch(
              *game(std::string(", instance_noise: 0.5, r1: 0.3, gradient_penalty: 0.6, variant: ") + variant,
                    0.8, -1.5)) == "");
  }
}

TEST_CASE("the equilibrium is at 0") {
  for (const char* options :
       {"", ", variant: non_saturating", ", variant: wasserstein", ", r1: 1.0", ", instance_noise: 1.0"}) {
    INFO(options);
    const auto training = game(options, 0, 0);
    play(*training, 3);
    CHECK(parameter(*training, "generator.value")[0] == 0);
    CHECK(std::abs(parameter(*training, "discriminator.value")[0]) < 1e-12);
  }
}

TEST_CASE("a point that is no Dirac-GAN is refused with what it should be") {
  CHECK_THAT(error_of([] {
               training_of(
                   "model: {plugin: point, start: {discriminator: [1], generator: [1]}}\n"
                   "loss: dirac_gan\noptimizer: sgd\ntrainer: {steps: 1}\n");
             }),
             Contains("{generator: [1], discriminator: [1]}"));
}

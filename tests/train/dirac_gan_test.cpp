#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"

// The Dirac-GAN of Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?,
// 2018, from (1, 1) with simultaneous gradient steps.

namespace {

using namespace descent::testing;

struct Position {
  double theta, psi;
  double norm() const { return std::hypot(theta, psi); }
};

Position after(int steps, const std::string& options, const std::string& rate = "0.1",
               const std::string& start = "1") {
  const auto training = training_of("model: {plugin: point, start: {generator: [" + start +
                                    "], discriminator: [" + start + "]}}\nloss: {plugin: dirac_gan, " +
                                    options + "}\noptimizer: {plugin: sgd, learning_rate: " + rate +
                                    "}\ntrainer: {steps: 10000, turns: simultaneous}\n");
  while (training->step() < steps) training->play_step(false);
  return {parameter(*training, "generator.value")[0], parameter(*training, "discriminator.value")[0]};
}

void check_norms(const std::string& options, double at_10, double at_100, double at_1000) {
  INFO(options);
  const double digits = is_double ? 1e-9 : 1e-4;
  CHECK(after(10, options).norm() == Approx(at_10).epsilon(digits));
  CHECK(after(100, options).norm() == Approx(at_100).epsilon(digits));
  CHECK(after(1000, options).norm() == Approx(at_1000).epsilon(is_double ? 1e-9 : 2e-3));
}

}  // namespace

// Norms: computed in float64 from the paper's update rules, independently of this code.
TEST_CASE("the Dirac-GAN cycles, diverges or converges as published") {
  check_norms("variant: non_saturating", 1.236710436, 0.8038219715, 0.4672512761);
  check_norms("variant: minimax", 1.419639022, 1.551504974, 2.650690287);
  check_norms("variant: minimax, r1: 1.0", 0.9265408908, 0.03769431888, 3.31695414e-21);
}

TEST_CASE("the Wasserstein Dirac-GAN is the bilinear game") {
  for (const char* rate : {"0.1", "0.03"}) {
    const double growth = std::sqrt(1 + std::pow(std::stod(rate), 2));
    CHECK(after(200, "variant: wasserstein", rate).norm() ==
          Approx(std::sqrt(2.0) * std::pow(growth, 200)).epsilon(is_double ? 1e-11 : 1e-4));
  }
}

TEST_CASE("R1 on the Wasserstein Dirac-GAN is a linear map") {
  // (θ, ψ) <- (θ − hψ, ψ + h(θ − γψ))
  constexpr double h = 0.2, gamma = 0.7;
  double theta = 1, psi = 1;
  for (int t = 0; t < 50; ++t) {
    const double next = theta - h * psi;
    psi += h * (theta - gamma * psi);
    theta = next;
  }
  const Position found = after(50, "variant: wasserstein, r1: 0.7", "0.2");
  CHECK(found.theta == Approx(theta).margin(is_double ? 1e-13 : 1e-5));
  CHECK(found.psi == Approx(psi).margin(is_double ? 1e-13 : 1e-5));
}

// Section 3 of the paper: with instance noise of deviation σ, the field near the equilibrium is linear with
// the eigenvalues f''(0)σ² ± √(f''(0)²σ⁴ − f'(0)²), here f'(0) = 1/2 and f''(0) = −1/4: that of θ' = −ψ/2, ψ'
// = θ/2 − σ²ψ/2.
TEST_CASE("with instance noise the Dirac-GAN spirals into its equilibrium at the known rate") {
  for (const auto& [text, sigma] : {std::pair("0.5", 0.5), {"1.0", 1.0}, {"2.0", 2.0}}) {
    double theta = 1e-4, psi = 1e-4;
    for (int t = 0; t < 200; ++t) {
      const double next = theta - 0.1 * psi / 2;
      psi += 0.1 * (theta / 2 - sigma * sigma * psi / 2);
      theta = next;
    }
    const Position found = after(200, std::string("instance_noise: ") + text, "0.1", "1.0e-4");
    INFO("sigma " << sigma);
    CHECK(found.norm() < 1e-4);
    CHECK(found.theta == Approx(theta).margin(is_double ? 1e-10 : 1e-6));
    CHECK(found.psi == Approx(psi).margin(is_double ? 1e-10 : 1e-6));
  }
}

TEST_CASE("WGAN-GP leaves the Dirac-GAN circling around its equilibrium") {
  const std::string penalty = "variant: wasserstein, gradient_penalty: 1.0";
  CHECK(after(9000, penalty).norm() > 0.05);
  CHECK(after(10000, penalty).norm() > 0.05);
  CHECK(after(10000, penalty).norm() < 3);
}

#include <catch2/catch.hpp>
#include <cmath>
#include <complex>

#include "fixed_gan.hpp"

// The Dirac-GAN as a GAN: one sample θ, data at 0, D(x) = −ψx (the paper's discriminator wants samples' values to be large),
// simultaneous gradient steps of 0.1. Mescheder, Geiger and
// Nowozin, Which Training Methods for GANs do actually Converge?, 2018. `dirac_gan` states the same games by hand; here
// losses and penalties are those of any GAN.

using namespace descent;
using namespace descent::testing;

namespace {

constexpr double h = 0.1;

std::unique_ptr<train::Training> dirac(const std::string& losses, double start) {
  return fixed_gan(
      losses, Tensor::zeros({1, 1}), Tensor::full({1, 1}, static_cast<Scalar>(start)),
      fmt::format("{{layers: [{{linear: {{outputs: output, bias: false}}}}], initializer: {{constant: {}}}}}",
                  -start));
}

double distance(const train::Training& training) {
  return std::hypot(parameter(training, "generator.samples")[0],
                    parameter(training, "discriminator.0.weight")[0]);
}

double norm_after(const std::string& losses, int steps, double start = 1) {
  const auto training = dirac(losses, start);
  while (training->step() < steps) training->play_step(false);
  return distance(*training);
}

// How much longer (θ, ψ) is after a step near (0, 0), over an even number of rounds of its spiral.
double local_factor(const std::string& losses, int steps) {
  const auto training = dirac(losses, 1e-4);
  const double first = distance(*training);
  while (training->step() < steps) training->play_step(false);
  return std::pow(distance(*training) / first, 1.0 / steps);
}

}  // namespace

// Computed in float64 from the paper's update rules, independently of this code.
TEST_CASE("penalties hold the Dirac-GAN as published") {
  const auto check = [](const std::string& losses, double at_10, double at_100, double at_1000) {
    INFO(losses);
    CHECK(norm_after(losses, 10) == Approx(at_10).epsilon(is_double ? 1e-8 : 1e-5));
    CHECK(norm_after(losses, 100) == Approx(at_100).epsilon(is_double ? 1e-8 : 1e-4));
    CHECK(norm_after(losses, 1000) == Approx(at_1000).epsilon(is_double ? 1e-8 : 5e-3));
  };
  // Without a penalty: the norms of minimax and non_saturating, which are its `dirac_gan`'s too.
  check("non_saturating", 1.236710436, 0.8038219715, 0.4672512761);
  check("minimax", 1.419639022, 1.551504974, 2.650690287);
  for (const char* slope : {"r1", "r2", "{plugin: gradient_penalty, kind: zero_centered, weight: HALF}"}) {
    const auto of = [&](const char* gamma, const char* half) {
      const std::string text = slope;
      if (const auto place = text.find("HALF"); place != std::string::npos)
        return "[minimax, " + std::string(text).replace(place, 4, half) + "]";
      return "[minimax, {plugin: " + text + ", weight: " + gamma + "}]";
    };
    // D's slope is ψ wherever it is looked at.
    check(of("0.5", "0.25"), 1.08672289, 0.0985717765, 3.50179052e-11);
    check(of("2", "1"), 0.850449226, 0.26677139, 1.44259711e-6);
  }
  check("[minimax, {plugin: consensus, weight: 1}]", 1.46611266, 0.210839273, 8.651613e-11);
  for (const char* kind : {"wgan_gp", "dragan"})
    check("[wasserstein, {plugin: gradient_penalty, weight: 0.5, kind: " + std::string(kind) + "}]",
          1.25796866, 1.508693, 1.36174808);
}

// Near (0, 0) a step multiplies by 1 + hλ, λ being the eigenvalues of the game's field: ±i/2 without a penalty, −γ/2 ±
// √(γ²/4 − ¼) with R1 or R2, −γ/4 ± i/2 with consensus, ±i for the Wasserstein game. 126 steps are one round of a
// spiral of ½ a unit of time, but for its own change of length.
TEST_CASE("the Dirac-GAN's local rates are those of the eigenvalues, for each regularizer") {
  using Complex = std::complex<double>;
  const auto check = [](const std::string& losses, Complex eigenvalue, int rounds = 8) {
    INFO(losses);
    // Whole rounds: the angle of a step is the argument of 1 + hλ.
    const Complex factor = 1.0 + h * eigenvalue;
    const int steps = static_cast<int>(std::lround(rounds * 2 * M_PI / std::abs(std::arg(factor))));
    CHECK(local_factor(losses, steps) == Approx(std::abs(factor)).epsilon(3e-5));
  };
  check("minimax", {0, 0.5});
  check("non_saturating", {0, 0.5});
  check("wasserstein", {0, 1});
  for (const double gamma : {0.2, 0.5})
    for (const char* slope : {"r1", "r2"})
      check(fmt::format("[minimax, {{plugin: {}, weight: {}}}]", slope, gamma),
            {-gamma / 2, std::sqrt(0.25 - gamma * gamma / 4)});
  check("[minimax, {plugin: gradient_penalty, kind: zero_centered, weight: 0.1}]",
        {-0.1, std::sqrt(0.25 - 0.04 / 4)});
  check("[minimax, {plugin: consensus, weight: 1}]", {-0.25, 0.5});
  // One-sided: nothing is asked of slopes below 1, and the rate is that of the loss alone.
  check("[minimax, {plugin: gradient_penalty, kind: one_sided, weight: 1}]", {0, 0.5});
  // WGAN-GP asks for a slope of 1 at the equilibrium, whose slope is 0: it leaves (0, 0).
  CHECK(norm_after("[wasserstein, {plugin: gradient_penalty, weight: 0.5}]", 200, 1e-4) > 0.5);
}

#include <cmath>
#include <complex>

#include "optimizer_support.hpp"

// Rules that look ahead or back in games.

using namespace descent;
using namespace descent::testing;

namespace {

/// The norm of (x, y) in the game min over x, max over y of x·y, from (1, 1), both moving at once.
double bilinear_norm(const std::string& optimizer, int steps) {
  const auto training = training_of(
      "model: {plugin: point, start: {x: [1], y: [1]}}\nloss: bilinear\n"
      "trainer: {steps: 1000, turns: simultaneous}\noptimizer: " +
      optimizer + "\n");
  play(*training, steps);
  return std::hypot(parameter(*training, "x.value")[0], parameter(*training, "y.value")[0]);
}

std::string extragradient(const std::string& h) {
  return "[{plugin: extragradient, learning_rate: " + h + "}, {plugin: sgd, learning_rate: " + h + "}]";
}
std::string optimistic(const std::string& h) {
  return "[optimistic, {plugin: sgd, learning_rate: " + h + "}]";
}

auto close_to(double number) {
  return Approx(number).epsilon(sizeof(Scalar) == sizeof(double) ? 1e-9 : 1e-4);
}

/// Adam on one number, as its paper writes it, without the learning rate.
struct ScalarAdam {
  double beta1, beta2, m = 0, v = 0;
  int t = 0;
  double operator()(double gradient) {
    ++t;
    m = beta1 * m + (1 - beta1) * gradient;
    v = beta2 * v + (1 - beta2) * gradient * gradient;
    return m / (1 - std::pow(beta1, t)) / (std::sqrt(v / (1 - std::pow(beta2, t))) + 1e-8);
  }
};
const std::string adam = "{plugin: adam, learning_rate: 0.1, beta1: 0.5, beta2: 0.9}";

}  // namespace

// Source of the numbers: computed in float64 from the recurrences.
TEST_CASE("extragradient shrinks a bilinear game by sqrt(1 - h^2 + h^4) a step") {
  CHECK(bilinear_norm(extragradient("0.1"), 100) == close_to(0.8599397482));
  CHECK(bilinear_norm(extragradient("0.1"), 1000) == close_to(0.009773390547));
  for (const std::string h : {"0.05", "0.3", "0.9"}) {
    const double h2 = std::stod(h) * std::stod(h);
    CHECK(bilinear_norm(extragradient(h), 50) == close_to(std::sqrt(2.0) * std::pow(1 - h2 + h2 * h2, 25)));
  }
}

TEST_CASE("extragradient with its chain is the same where the chain is a gradient step") {
  CHECK(bilinear_norm("[{plugin: extragradient, extrapolate: chain}, {plugin: sgd, learning_rate: 0.1}]",
                      1000) == close_to(0.009773390547));
}

TEST_CASE("optimistic gradients shrink a bilinear game as their recurrence does") {
  CHECK(bilinear_norm(optimistic("0.1"), 100) == close_to(0.8599852788));
  CHECK(bilinear_norm(optimistic("0.1"), 1000) == close_to(0.008916243509));
  // With z = x + iy the field is −iz: z' = (1 + 2ih)·z − ih·z_previous, but z' = (1 + ih)·z at first.
  for (const std::string h : {"0.05", "0.2", "0.4"}) {
    using Complex = std::complex<double>;
    const Complex ih(0, std::stod(h)), start(1, 1), first = (1.0 + ih) * start;
    const Complex root = std::sqrt(1.0 + 4.0 * ih * ih);
    const Complex one = (1.0 + 2.0 * ih + root) / 2.0, other = (1.0 + 2.0 * ih - root) / 2.0;
    const Complex share = (first - other * start) / (one - other);
    const double expected = std::abs(share * std::pow(one, 50) + (start - share) * std::pow(other, 50));
    CHECK(bilinear_norm(optimistic(h), 50) == close_to(expected));
  }
}

TEST_CASE("optimistic gradients without optimism are gradients") {
  CHECK(bilinear_norm("[{plugin: optimistic, beta: 0}, {plugin: sgd, learning_rate: 0.1}]", 100) ==
        close_to(2.325860628));
}

// Daskalakis et al., Training GANs with Optimism, 2018, algorithm 1.
TEST_CASE("behind adam, optimistic is Optimistic Adam") {
  const auto training = training_of(bowl("{x: [2]}", "[" + adam + ", optimistic]"));
  ScalarAdam rule{0.5, 0.9};
  double x = 2, previous = 0;
  for (int step = 1; step <= 8; ++step) {
    const double now = rule(x);
    x -= 0.1 * (step == 1 ? now : 2 * now - previous);
    previous = now;
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({x}));
  }
}

// Gidel et al., 2019, algorithm 4: both half steps update the moments.
TEST_CASE("extragradient with its chain is extra-Adam before adam") {
  const auto training =
      training_of(bowl("{x: [2]}", "[{plugin: extragradient, extrapolate: chain}, " + adam + "]"));
  ScalarAdam rule{0.5, 0.9};
  double x = 2;
  for (int step = 1; step <= 8; ++step) {
    const double ahead = x - 0.1 * rule(x);
    x -= 0.1 * rule(ahead);
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({x}));
  }
}

TEST_CASE("extragradient looks ahead with its own learning rate") {
  const auto training = training_of(
      bowl("{x: [2]}",
           "[{plugin: extragradient, learning_rate: {schedule: piecewise, values: [0.5, 0.25], boundaries: "
           "[1]}}, {plugin: sgd, learning_rate: 0.125}]"));
  play(*training, 1);
  CHECK_THAT(parameter(*training, "x.vector"), is_about({2 - 0.125 * (2 - 0.5 * 2)}));
  play(*training, 1);
  CHECK_THAT(parameter(*training, "x.vector"), is_about({1.875 - 0.125 * 0.75 * 1.875}));
}

TEST_CASE("sam takes the gradient at a distance rho uphill, the norm over all that the player moves") {
  const auto training = training_of(
      bowl("{x: [3, 4], y: [12]}", "[{plugin: sam, rho: 2.6}, {plugin: sgd, learning_rate: 0.25}]"));
  std::vector<double> point = {3, 4, 12};
  for (int step = 0; step < 4; ++step) {
    double norm = 0;
    for (const double number : point) norm += number * number;
    for (double& number : point) number -= 0.25 * (number + 2.6 * number / std::sqrt(norm));
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({point[0], point[1]}));
    CHECK_THAT(parameter(*training, "y.vector"), is_about({point[2]}));
  }
}

TEST_CASE("sam stays where the gradient is zero") {
  const auto training = training_of(bowl("{x: [0, 0]}", "[sam, {plugin: sgd, learning_rate: 0.25}]"));
  play(*training, 2);
  CHECK(parameter(*training, "x.vector") == std::vector<double>{0, 0});
}

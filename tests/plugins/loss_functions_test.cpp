#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent::testing;
using Catch::Matchers::Contains;

// Test functions of optimization: their values and optima as published, and their gradients.

namespace {

std::unique_ptr<descent::train::Training> at(const std::string& loss, const std::string& start) {
  return training_of("model: {plugin: point, start: " + start + "}\nloss: " + loss +
                     "\noptimizer: {plugin: sgd, learning_rate: 0.01}\ntrainer: {steps: 100}\n");
}

// Also where the optimum is only known to so many digits.
void check_minimum(const std::string& loss, const std::string& where, double accuracy = 0) {
  INFO(loss << " at " << where);
  const auto training = at(loss, where);
  const double rounding = is_double ? 1e-12 : 1e-3;
  CHECK(std::abs(objective(*training, "point")) < rounding + 1e3 * accuracy * accuracy);
  CHECK(gradient_norm(*training, "point") < rounding + 1e3 * accuracy);
}

double value(const std::string& loss, const std::string& where) {
  return objective(*at(loss, where), "point");
}

}  // namespace

TEST_CASE("test functions are 0, and so are their gradients, at their published minima") {
  check_minimum("beale", "[3.0, 0.5]");
  check_minimum("booth", "[1.0, 3.0]");
  check_minimum("himmelblau", "[3.0, 2.0]");
  check_minimum("himmelblau", "[-2.805118, 3.131313]", 1e-6);
  check_minimum("himmelblau", "[-3.779310, -3.283186]", 1e-6);
  check_minimum("himmelblau", "[3.584428, -1.848127]", 1e-6);
  check_minimum("{plugin: rosenbrock, a: 2.0}", "[2.0, 4.0]");
  check_minimum("rosenbrock", "[1.0, 1.0, 1.0, 1.0, 1.0]");
  check_minimum("{plugin: quadratic, condition: 100.0, optimum: [1.0, -2.0, 3.0]}", "[1.0, -2.0, 3.0]");
  check_minimum("noisy_quadratic", "[0.0, 0.0]");
}

TEST_CASE("test functions have their known values elsewhere") {
  const double digits = is_double ? 1e-12 : 1e-5;
  // By hand.
  CHECK(value("beale", "[0.0, 0.0]") == Approx(14.203125).epsilon(digits));
  CHECK(value("beale", "[1.0, 1.0]") == Approx(14.203125).epsilon(digits));
  CHECK(value("booth", "[0.0, 0.0]") == Approx(74).epsilon(digits));
  CHECK(value("himmelblau", "[0.0, 0.0]") == Approx(170).epsilon(digits));
  CHECK(value("rosenbrock", "[-1.2, 1.0]") == Approx(24.2).epsilon(digits));
  CHECK(value("{plugin: quadratic, condition: 100.0}", "[1.0, 1.0, 1.0]") == Approx(55.5).epsilon(digits));
  CHECK(value("{plugin: quadratic, condition: 100.0, curvature: [2.0]}", "[3.0]") ==
        Approx(9).epsilon(digits));
  CHECK(value("noisy_quadratic", "[1.0, 2.0, 3.0]") == Approx(3).epsilon(digits));
  // Himmelblau's maximum; Beale's saddle.
  CHECK(value("himmelblau", "[-0.270845, -0.923039]") == Approx(181.617).epsilon(1e-5));
  CHECK(gradient_norm(*at("himmelblau", "[-0.270845, -0.923039]"), "point") < 1e-3);
  CHECK(gradient_norm(*at("beale", "[0.0, 1.0]"), "point") < digits);
}

TEST_CASE("Rosenbrock's function has a second minimum in four dimensions") {
  // Shang and Qiu, A Note on the Extended Rosenbrock Function, 2006: f = 3.70143 near (-0.776, 0.613, 0.382,
  // 0.146).
  const auto training = training_of(
      "model: {plugin: point, start: [-0.78, 0.61, 0.38, 0.15]}\nloss: rosenbrock\n"
      "optimizer: {plugin: sgd, learning_rate: 1.0e-3}\ntrainer: {steps: 5000}\n");
  play(*training, 5000);
  CHECK(objective(*training, "point") == Approx(3.70143).epsilon(1e-5));
  CHECK(parameter(*training, "point.value")[0] == Approx(-0.77566).epsilon(1e-4));
}

TEST_CASE("gradients of test functions are those of their values, and so are second derivatives") {
  for (const char* loss : {"beale", "booth", "himmelblau", "rosenbrock",
                           "{plugin: quadratic, curvature: [1.0, 3.0], condition: 10.0}", "noisy_quadratic",
                           "amsgrad_counterexample"}) {
    INFO(loss);
    CHECK(game_gradient_mismatch(*at(loss, "[-0.7, 1.3]")) == "");
  }
  for (const char* loss : {"rosenbrock", "{plugin: quadratic, condition: 10.0}",
                           "{plugin: noisy_quadratic, curvature: [2.0], noise: [1.0, 0.5, 0.0, 2.0]}"}) {
    INFO(loss);
    CHECK(game_gradient_mismatch(*at(loss, "[-0.7, 1.3, 0.2, 0.6]")) == "");
  }
}

TEST_CASE("a function of the plane says so when the point is none of its own") {
  CHECK_THAT(error_of([] { at("beale", "[1.0, 2.0, 3.0]"); }), Contains("beale is a function of the plane"));
  CHECK_THAT(error_of([] { at("{plugin: noisy_quadratic, noise: [1.0, 2.0]}", "[1.0, 2.0, 3.0]"); }),
             Contains("one for each dimension"));
}

TEST_CASE("a point repeats its start as often as it is told") {
  const auto training = training_of(
      "model: {plugin: point, start: {x: [1.0, 2.0], y: [3.0]}, repeat: 2}\n"
      "loss: {plugin: bilinear, matrix: [[1, 0], [0, 1], [1, 0], [0, 1]]}\n"
      "optimizer: {plugin: sgd}\ntrainer: {steps: 1}\n");
  CHECK(parameter(*training, "x.value") == std::vector<double>{1, 2, 1, 2});
  CHECK(parameter(*training, "y.value") == std::vector<double>{3, 3});
}

// Zhang et al., Which Algorithmic Choices Matter at Which Batch Sizes?, 2019, equation 3: E[θ²] after t steps
// of gradient descent on one eigendirection of the noisy quadratic model.
TEST_CASE("gradient descent on the noisy quadratic spreads as its theory says") {
  constexpr double h = 0.5, c = 2, batch = 4, rate = 0.3, start = 1.5;
  constexpr int dimensions = 4000;
  const auto training = training_of(
      "model: {plugin: point, start: [1.5], repeat: 4000}\n"
      "loss: {plugin: noisy_quadratic, curvature: [0.5], noise: [2.0], batch_size: 4}\n"
      "optimizer: {plugin: sgd, learning_rate: 0.3}\ntrainer: {steps: 100}\n");
  for (const int steps : {1, 5, 100}) {
    while (training->step() < steps) training->play_step(false);
    double square = 0;
    for (const double x : parameter(*training, "point.value")) square += x * x / dimensions;
    const double shrinks = std::pow(1 - rate * h, 2), left = std::pow(shrinks, steps);
    const double variance = (1 - left) * rate * rate * c / batch / (1 - shrinks);
    const double expected = left * start * start + variance;
    // Of θ², when θ ~ N(m, v): 2v² + 4m²v.
    const double spread = std::sqrt(2 * variance * variance + 4 * left * start * start * variance);
    INFO("step " << steps);
    CHECK(std::abs(square - expected) < 5 * spread / std::sqrt(dimensions));
    CHECK(objective(*training, "point") == Approx(h / 2 * square * dimensions).epsilon(1e-4));
  }
}

#include <cmath>
#include <numeric>

#include "chain/captured_updates.hpp"
#include "optimizer_support.hpp"

// Rules of a chain that rewrite the update.

using namespace descent;
using namespace descent::testing;

namespace {

/// The first update that a chain makes of the gradient, which is the point.
std::vector<double> update_of(const std::string& start, const std::string& chain) {
  const auto training = training_of(bowl("{x: " + start + "}", chain));
  CapturedUpdates seen;
  play(*training, 1, &seen);
  return seen.updates["x.vector"];
}

std::string network(const std::string& optimizer, int batch_size) {
  return "dataset: {plugin: test_table, examples: 8}\n"
         "model: {plugin: mlp, input: x, target: target, network: {hidden: [3], activation: tanh}}\n"
         "loss: mean_squared_error\ntrainer: {steps: 100, batch_size: " +
         std::to_string(batch_size) + "}\noptimizer: " + optimizer + "\n";
}

double mean(const std::vector<double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}
double mean_product(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0) / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE("clip_value cuts every number of the update") {
  CHECK_THAT(update_of("[3, -4, 0.25]", "[{plugin: clip_value, max: 2.5}]"), is_about({2.5, -2.5, 0.25}));
}

TEST_CASE("l1, l2 and decoupled_decay add to the update what their names say") {
  CHECK_THAT(update_of("[3, -4, 0]", "[{plugin: l1, weight: 0.5}]"), is_about({3.5, -4.5, 0}));
  CHECK_THAT(update_of("[3, -4, 0]", "[{plugin: l2, weight: 0.5}]"), is_about({4.5, -6, 0}));
  const std::string sgd = "{plugin: sgd, learning_rate: 0.5}";
  CHECK_THAT(update_of("[3, -4, 0]", "[{plugin: l2, weight: 0.5}, " + sgd + "]"), is_about({2.25, -3, 0}));
  CHECK_THAT(update_of("[3, -4, 0]", "[" + sgd + ", {plugin: decoupled_decay, rate: 0.5}]"),
             is_about({3, -4, 0}));
}

TEST_CASE("decoupled_decay has a schedule of its own") {
  const auto training = training_of(
      bowl("{x: [4]}",
           "[{plugin: lion, learning_rate: 0.125}, {plugin: decoupled_decay, rate: {schedule: piecewise, "
           "values: [0.5, 0.25], boundaries: [1]}}]"));
  play(*training, 2);
  CHECK_THAT(parameter(*training, "x.vector"), is_about({(4 * 0.5 - 0.125) * 0.75 - 0.125}));
}

TEST_CASE("gradient_noise has the variance eta / (1 + t)^gamma and is new at every update") {
  std::string zeros = "[0";
  for (int i = 1; i < 5000; ++i) zeros += ", 0";
  // The last rule keeps the point near 0, where the gradient is.
  const auto training = training_of(
      bowl("{x: " + zeros + "]}",
           "[{plugin: gradient_noise, eta: 0.3, gamma: 1.5}, {plugin: sgd, learning_rate: 1.0e-6}]"));
  std::vector<double> previous;
  for (int t = 0; t < 4; ++t) {
    CapturedUpdates seen;
    play(*training, 1, &seen);
    std::vector<double> noise = seen.updates["x.vector"];
    for (double& number : noise) number *= 1e6;
    const double variance = 0.3 / std::pow(1 + t, 1.5), n = 5000;
    CHECK(std::abs(mean(noise)) < 4 * std::sqrt(variance / n));
    CHECK(std::abs(mean_product(noise, noise) / variance - 1) < 4 * std::sqrt(2 / n));
    if (t > 0)
      CHECK(std::abs(mean_product(noise, previous)) <
            4 * std::sqrt(variance * mean_product(previous, previous) / n));
    previous = noise;
  }
}

TEST_CASE("centralize takes the mean over the inputs from every output's gradient, and leaves biases") {
  const auto training = training_of(network("[centralize]", 8));
  CapturedUpdates seen;
  play(*training, 1, &seen);
  for (const auto& [name, inputs] : {std::pair{"network.0.weight", 2}, std::pair{"network.1.weight", 3}}) {
    const auto &gradient = seen.gradients[name], &update = seen.updates[name];
    const std::size_t rows = static_cast<std::size_t>(inputs), outputs = gradient.size() / rows;
    for (std::size_t o = 0; o < outputs; ++o) {
      double sum = 0;
      for (std::size_t i = 0; i < rows; ++i) sum += gradient[i * outputs + o];
      if (inputs == 3) CHECK(std::abs(sum) > 1e-3);  // the two inputs are each other's negatives
      for (std::size_t i = 0; i < rows; ++i)
        CHECK(update[i * outputs + o] ==
              Approx(gradient[i * outputs + o] - sum / inputs).margin(100 * tolerance));
    }
  }
  CHECK(seen.updates["network.0.bias"] == seen.gradients["network.0.bias"]);
}

TEST_CASE("four accumulated batches of two examples are a batch of eight") {
  const std::string adam = "{plugin: adam, learning_rate: 0.01}";
  const auto pieces = training_of(network("[{plugin: accumulate, every: 4}, " + adam + "]", 2)),
             whole = training_of(network("[" + adam + "]", 8));
  const std::vector<double> start = parameter(*pieces, "network.0.weight");
  play(*pieces, 3);
  CHECK(parameter(*pieces, "network.0.weight") == start);
  play(*pieces, 1);
  play(*whole, 1);
  CHECK(parameter(*pieces, "network.0.weight") != start);
  play(*pieces, 8);
  play(*whole, 2);
  for (const char* name : {"network.0.weight", "network.0.bias", "network.1.weight", "network.1.bias"})
    CHECK_THAT(parameter(*pieces, name),
               Catch::Matchers::Approx(parameter(*whole, name)).margin(1000 * tolerance));
  CHECK(unit_of(*pieces, "network.0.weight").updates == 3);
}

// You et al., 2020, algorithm 2.
TEST_CASE("lamb moves every tensor by the learning rate times its own length") {
  const auto training = training_of(bowl(
      "{x: [3, -4], y: [12]}", "{plugin: lamb, learning_rate: 0.1, weight_decay: 0.5, epsilon: 1.0e-3}"));
  std::vector<std::vector<double>> tensors = {{3, -4}, {12}}, m = {{0, 0}, {0}}, v = m;
  for (int t = 1; t <= 5; ++t) {
    for (std::size_t k = 0; k < 2; ++k) {
      std::vector<double> r = tensors[k];
      for (std::size_t i = 0; i < r.size(); ++i) {
        m[k][i] = 0.9 * m[k][i] + 0.1 * tensors[k][i];
        v[k][i] = 0.999 * v[k][i] + 0.001 * tensors[k][i] * tensors[k][i];
        r[i] = m[k][i] / (1 - std::pow(0.9, t)) / (std::sqrt(v[k][i] / (1 - std::pow(0.999, t))) + 1e-3) +
               0.5 * tensors[k][i];
      }
      const double trust = norm({tensors[k]}) / norm({r});
      for (std::size_t i = 0; i < r.size(); ++i) tensors[k][i] -= 0.1 * trust * r[i];
    }
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about(tensors[0]));
    CHECK_THAT(parameter(*training, "y.vector"), is_about(tensors[1]));
  }
}

TEST_CASE("lamb takes a tensor in pieces as one") {
  std::string start = "[1";
  double squares = 1;
  for (int i = 2; i <= 1300; ++i) {
    start += ", " + std::to_string(i);
    squares += i * i;
  }
  // Adam's first direction has the size 1 in every dimension.
  const std::vector<double> update = update_of(start + "]", "{plugin: lamb, learning_rate: 0.5, epsilon: 0}");
  REQUIRE(update.size() == 1300);
  for (const double number : update)
    CHECK(number == Approx(0.5 * std::sqrt(squares / 1300)).epsilon(10 * tolerance));
}

TEST_CASE("lamb moves tensors that are zero, and leaves those without a direction") {
  const auto training = training_of(
      "model: {plugin: point, start: [0.0, 0.0]}\nloss: {plugin: quadratic, curvature: [1.0, 0.0], optimum: "
      "[5.0, 0.0]}\ntrainer: {steps: 10}\noptimizer: {plugin: lamb, learning_rate: 0.1, epsilon: 0.001}\n");
  play(*training, 1);
  CHECK_THAT(parameter(*training, "point.value"), is_about({0.1 * 5 / 5.001, 0}));
  const auto still = training_of(bowl("{x: [0, 0]}", "lamb"));
  play(*still, 2);
  CHECK(parameter(*still, "x.vector") == std::vector<double>{0, 0});
}

TEST_CASE("what is not a number is not hidden by rules that cut, choose or take signs") {
  for (const std::string rule :
       {"clip_value", "{plugin: project, low: 0}", "lion", "yogi", "amsgrad", "adamax"}) {
    INFO(rule);
    // The second gradient is 0, and Adagrad without epsilon divides it by 0.
    const auto training = training_of(
        "model: {plugin: point, start: [1.0, 1.0]}\nloss: {plugin: quadratic, curvature: [1.0, 0.0]}\n"
        "trainer: {steps: 10}\noptimizer: [{plugin: adagrad, epsilon: 0}, " +
        rule + "]\n");
    CHECK_THROWS_AS(play(*training, 1), train::Diverged);
  }
}

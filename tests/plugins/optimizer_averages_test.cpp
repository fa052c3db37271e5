#include <cmath>

#include "optimizer_support.hpp"

// Rules that keep a second set of values, or put values back into a set.

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

static const std::string halving = "{plugin: sgd, learning_rate: 0.5}";  // of the bowl: x becomes x / 2

TEST_CASE("ema keeps an average where metrics look, and training goes on at the values") {
  const auto training = training_of(bowl("{x: [16]}", "[" + halving + ", {plugin: ema, decay: 0.75}]"));
  double x = 16, average = 16;
  CHECK(measured(*training, "test_distance")[0] == 16);
  for (int t = 1; t <= 6; ++t) {
    x /= 2;
    average = 0.75 * average + 0.25 * x;
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({x}));
    CHECK_THAT(measured(*training, "test_distance"), is_about({average, 0}));
  }
}

TEST_CASE("with bias correction an average forgets its start at once") {
  const auto training = training_of(
      bowl("{x: [16]}", "[" + halving + ", {plugin: ema, decay: 0.75, warmup: bias_correction}]"));
  double x = 16, sum = 0;
  for (int t = 1; t <= 6; ++t) {
    x /= 2;
    sum = 0.75 * sum + 0.25 * x;
    play(*training, 1);
    CHECK_THAT(measured(*training, "test_distance"), is_about({sum / (1 - std::pow(0.75, t)), 0}));
  }
}

TEST_CASE("with a ramp the average's decay rises to its limit") {
  const auto training =
      training_of(bowl("{x: [16]}", "[" + halving + ", {plugin: ema, decay: 0.3, warmup: ramp}]"));
  double x = 16, average = 16;
  for (int t = 1; t <= 6; ++t) {
    x /= 2;
    const double decay = std::vector{2.0 / 11, 3.0 / 12, 0.3, 0.3, 0.3, 0.3}[static_cast<std::size_t>(t - 1)];
    average = decay * average + (1 - decay) * x;
    play(*training, 1);
    CHECK_THAT(measured(*training, "test_distance"), is_about({average, 0}));
  }
}

// Each step of extra-Adam makes two updates, but moves the values once.
TEST_CASE("averages count moves, not the half steps of an extrapolation") {
  const std::string ahead = "{plugin: extragradient, extrapolate: chain}, " + halving;
  const auto averaged =
      training_of(bowl("{x: [16]}", "[" + ahead + ", {plugin: ema, decay: 0.75, warmup: bias_correction}]"));
  const auto slow =
      training_of(bowl("{x: [16]}", "[" + ahead + ", {plugin: lookahead, every: 2, alpha: 0.25}]"));
  // From x the step is half of what is found at x / 2.
  double x = 16, sum = 0;
  for (int t = 1; t <= 5; ++t) {
    x *= 0.75;
    sum = 0.75 * sum + 0.25 * x;
    play(*averaged, 1);
    CHECK_THAT(measured(*averaged, "test_distance"), is_about({sum / (1 - std::pow(0.75, t)), 0}));
  }
  play(*slow, 1);
  CHECK_THAT(measured(*slow, "test_distance"), is_about({16, 0}));
  play(*slow, 1);
  CHECK_THAT(measured(*slow, "test_distance"), is_about({16 + 0.25 * (9 - 16), 0}));
}

TEST_CASE("lookahead's slow weights take one step for k of the fast ones") {
  const auto training =
      training_of(bowl("{x: [16]}", "[" + halving + ", {plugin: lookahead, every: 3, alpha: 0.25}]"));
  double slow = 16;
  for (int outer = 0; outer < 4; ++outer) {
    for (int inner = 1; inner < 3; ++inner) {
      play(*training, 1);
      CHECK_THAT(parameter(*training, "x.vector"), is_about({slow * std::pow(0.5, inner)}));
      CHECK_THAT(measured(*training, "test_distance"), is_about({slow, 0}));
    }
    slow *= 1 + 0.25 * (std::pow(0.5, 3) - 1);
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({slow}));
    CHECK_THAT(measured(*training, "test_distance"), is_about({slow, 0}));
  }
}

TEST_CASE("project puts every number into the box after the update") {
  const auto training =
      training_of(bowl("{x: [16, -16, 1]}", "[" + halving + ", {plugin: project, low: -3, high: 5}]"));
  play(*training, 1);
  CHECK(parameter(*training, "x.vector") == std::vector<double>{5, -3, 0.5});
}

TEST_CASE("project puts every parameter into the ball after the update") {
  const auto training = training_of(
      bowl("{x: [12, -16], y: [3]}", "[" + halving + ", {plugin: project, onto: ball, radius: 5}]"));
  play(*training, 1);
  CHECK_THAT(parameter(*training, "x.vector"), is_about({3, -4}));
  CHECK(parameter(*training, "y.vector") == std::vector<double>{1.5});
}

TEST_CASE("a box without a point is an error with its place") {
  const std::string chain = "\n  - sgd\n  - {plugin: project, low: 2}";
  CHECK_THAT(error_of([&] { training_of(bowl("{x: [1]}", chain)); }),
             Contains("test.yaml:7:5: optimizer 'project': 'low' is above 'high'"));
}

TEST_CASE("an average looks at projected values when it stands behind the projection") {
  const auto training = training_of(
      bowl("{x: [16]}", "[" + halving + ", {plugin: project, high: 4}, {plugin: ema, decay: 0.5}]"));
  play(*training, 1);
  CHECK_THAT(measured(*training, "test_distance"), is_about({0.5 * 16 + 0.5 * 4, 0}));
}

// Source: ½x² from 1, β = 0.9, learning rate 0.1, computed in float64 from the paper's equations.
TEST_CASE("schedule_free follows its published trajectory") {
  const auto training =
      training_of(bowl("{x: [1]}", "{plugin: schedule_free, learning_rate: 0.1, beta: 0.9}"));
  struct Row {
    int t;
    double x, z;
  };
  for (const Row& row : {Row{1, 0.9, 0.9}, Row{2, 0.855, 0.81}, Row{10, 0.550400431813, 0.252356482011},
                         Row{100, -0.0534191068596, 0.107813265461}}) {
    while (training->step() < row.t) play(*training, 1);
    const double margin = sizeof(Scalar) == sizeof(double) ? 1e-11 : 1e-5;
    CHECK(slot(*training, "1_schedule_free.x/x.vector")[0] == Approx(row.x).margin(margin));
    CHECK(slot(*training, "1_schedule_free.z/x.vector")[0] == Approx(row.z).margin(margin));
    CHECK(parameter(*training, "x.vector")[0] == Approx(0.1 * row.z + 0.9 * row.x).margin(margin));
    CHECK(measured(*training, "test_distance")[0] == Approx(std::abs(row.x)).margin(margin));
  }
}

// Defazio et al., 2024, algorithm 1, with warm-up.
TEST_CASE("behind adamw without momentum, schedule_free is schedule-free AdamW") {
  const std::string rate = "{schedule: warmup, steps: 4, then: 0.1}";
  const auto training = training_of(
      bowl("{x: [1]}",
           "[{plugin: adamw, beta1: 0, beta2: 0.9, weight_decay: 0.5, learning_rate: 1.0}, {plugin: "
           "schedule_free, learning_rate: " +
               rate + "}]"));
  double x = 1, y = 1, z = 1, v = 0, weights = 0;
  for (int t = 1; t <= 10; ++t) {
    const double rate_now = 0.1 * std::min(1.0, t / 4.0);
    v = 0.9 * v + 0.1 * y * y;
    z -= rate_now * (y / (std::sqrt(v / (1 - std::pow(0.9, t))) + 1e-8) + 0.5 * y);
    weights += rate_now * rate_now;
    x += rate_now * rate_now / weights * (z - x);
    y = 0.1 * z + 0.9 * x;
    play(*training, 1);
    CHECK_THAT(parameter(*training, "x.vector"), is_about({y}));
    CHECK_THAT(measured(*training, "test_distance"), is_about({std::abs(x), 0}));
  }
}

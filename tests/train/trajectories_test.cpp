#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"

// Exact positions after 1, 2, 10 and 100 steps, computed in float64 and confirmed with PyTorch 1.13 to 1e-11.
// Weight decay is the loss `l2`, whose gradient is weight * theta.

namespace {

struct Trajectory {
  const char* name;
  const char* optimizer;
  const char* penalty;  // of the loss l2; null: none
  double points[4][2];
  double value;  // of the function after 100 steps
};

constexpr int steps[] = {1, 2, 10, 100};

constexpr Trajectory rosenbrock_trajectories[] = {
    {"SGD lr=1e-3",
     "{plugin: sgd, learning_rate: 1.0e-3}",
     nullptr,
     {{-0.9844, 1.088},
      {-1.02727156657, 1.064208672},
      {-1.02141133427, 1.05126226738},
      {-0.94818637854, 0.907094100354}},
     3.801889007},
    {"SGD lr=1e-3 wd=0.1",
     "{plugin: sgd, learning_rate: 1.0e-3}",
     "0.1",
     {{-0.98428, 1.0879},
      {-1.0271013086, 1.06397263368},
      {-1.02075224672, 1.05001677313},
      {-0.94187863032, 0.895272669669}},
     3.777514205},
    {"SGD lr=5e-4 momentum=.9",
     "{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9}",
     nullptr,
     {{-1.0922, 1.044},
      {-0.96056190051, 1.098490084},
      {-0.969639217462, 0.933234794246},
      {-0.230302369109, 0.0576702281358}},
     1.515788579},
    {"SGD lr=5e-4 mom=.9 dampening=.5",
     "{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9, dampening: 0.5}",
     nullptr,
     {{-1.0922, 1.044},
      {-0.977870950255, 1.091045042},
      {-1.08806884992, 0.912797368838},
      {-0.648781723336, 0.426303846351}},
     2.721382202},
    {"SGD lr=5e-4 mom=.9 nesterov",
     "{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9, nesterov: true}",
     nullptr,
     {{-0.99518, 1.0836},
      {-0.939322793856, 1.10152881416},
      {-0.983962263304, 0.984907952321},
      {-0.507345234288, 0.264531845073}},
     2.277177137},
    {"Adam lr=.01",
     "{plugin: adam, learning_rate: 0.01}",
     nullptr,
     {{-1.19, 1.01},
      {-1.18003196279, 1.01997111213},
      {-1.10495554206, 1.0953346172},
      {-1.0435756024, 1.09388266296}},
     4.178536669},
    {"Adam lr=.01 wd=.1",
     "{plugin: adam, learning_rate: 0.01}",
     "0.1",
     {{-1.19, 1.01},
      {-1.18003194124, 1.01997106284},
      {-1.10495120947, 1.09532424018},
      {-1.04202388271, 1.09060283189}},
     4.172155047},
    {"Adam lr=.01 b=(.5,.9)",
     "{plugin: adam, learning_rate: 0.01, beta1: 0.5, beta2: 0.9}",
     nullptr,
     {{-1.19, 1.01},
      {-1.18013125192, 1.01987935788},
      {-1.11327079363, 1.08736857877},
      {-0.882929879869, 0.787885237787}},
     3.552347281},
};

constexpr Trajectory quadratic_trajectories[] = {
    {"SGD lr=1e-3",
     "{plugin: sgd, learning_rate: 1.0e-3}",
     nullptr,
     {{0.999, 0.99}, {0.998001, 0.9801}, {0.99004488021, 0.904382075009}, {0.904792147114, 0.366032341273}},
     1.079222789},
    {"SGD lr=1e-3 wd=0.1",
     "{plugin: sgd, learning_rate: 1.0e-3}",
     "0.1",
     {{0.9989, 0.9899},
      {0.99780121, 0.97990201},
      {0.989054290587, 0.903468972885},
      {0.895779899195, 0.362353470529}},
     1.057711002},
    {"SGD lr=5e-4 momentum=.9",
     "{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9}",
     nullptr,
     {{0.9995, 0.995},
      {0.99855025, 0.985525},
      {0.979399658067, 0.801971837546},
      {0.62195166342, -0.00352507651409}},
     0.1934740666},
    {"SGD lr=5e-4 mom=.9 dampening=.5",
     "{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9, dampening: 0.5}",
     nullptr,
     {{0.9995, 0.995},
      {0.998800125, 0.9880125},
      {0.988055937267, 0.883189330791},
      {0.790709665846, 0.0406639008719}},
     0.320878652},
    {"SGD lr=5e-4 mom=.9 nesterov",
     "{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9, nesterov: true}",
     nullptr,
     {{0.99905, 0.9905},
      {0.9976959025, 0.97704025},
      {0.97652382071, 0.777944443892},
      {0.620297012242, -0.00398281137964}},
     0.1924635056},
    {"Adam lr=.01",
     "{plugin: adam, learning_rate: 0.01}",
     nullptr,
     {{0.9900000001, 0.99000000001},
      {0.980002746096, 0.980002745916},
      {0.900349654514, 0.9003496536},
      {0.224446048472, 0.22444604264}},
     0.2770681446},
    {"Adam lr=.01 wd=.1",
     "{plugin: adam, learning_rate: 0.01}",
     "0.1",
     {{0.990000000091, 0.99000000001},
      {0.980002746078, 0.980002745916},
      {0.900349654421, 0.900349653599},
      {0.224446047883, 0.224446042634}},
     0.2770681445},
    {"Adam lr=.01 b=(.5,.9)",
     "{plugin: adam, learning_rate: 0.01, beta1: 0.5, beta2: 0.9}",
     nullptr,
     {{0.9900000001, 0.99000000001},
      {0.980014235344, 0.980014235164},
      {0.901250448255, 0.901250447355},
      {0.132703717551, 0.13270370729}},
     0.09685650797},
};

void follow(const Trajectory& trajectory, const std::string& model, const std::string& loss,
            double (*function)(double, double)) {
  INFO(trajectory.name);
  std::string losses = "[" + loss;
  if (trajectory.penalty != nullptr)
    losses += std::string(", {plugin: l2, weight: ") + trajectory.penalty + "}";
  const auto training =
      descent::testing::training_of("model: " + model + "\nloss: " + losses +
                                    "]\noptimizer: " + trajectory.optimizer + "\ntrainer: {steps: 100}\n");
  // In float the valley's walls amplify rounding.
  const double tolerance = sizeof(descent::Scalar) == sizeof(double) ? 1e-10 : 2e-3;
  for (int i = 0; i < 4; ++i) {
    while (training->step() < steps[i]) training->play_step(false);
    const auto at = descent::testing::parameter(*training, "point.value");
    for (std::size_t d = 0; d < 2; ++d) {
      INFO("step " << steps[i] << ", dimension " << d);
      CHECK(std::abs(at[d] - trajectory.points[i][d]) < tolerance);
    }
    if (i == 3)
      CHECK(function(at[0], at[1]) ==
            Approx(trajectory.value).epsilon(std::max(tolerance, 1e-9)).margin(tolerance));
  }
}

}  // namespace

TEST_CASE("sgd in all its variants and adam follow the published trajectories on Rosenbrock's function") {
  for (const Trajectory& trajectory : rosenbrock_trajectories)
    follow(trajectory, "{plugin: point, start: [-1.2, 1.0]}", "{plugin: rosenbrock}",
           [](double x, double y) { return std::pow(1 - x, 2) + 100 * std::pow(y - x * x, 2); });
}

TEST_CASE("sgd in all its variants and adam follow the published trajectories on a quadratic") {
  for (const Trajectory& trajectory : quadratic_trajectories)
    follow(trajectory, "{plugin: point, start: [1.0, 1.0]}", "{plugin: quadratic, curvature: [1.0, 10.0]}",
           [](double x, double y) { return 0.5 * (x * x + 10 * y * y); });
}

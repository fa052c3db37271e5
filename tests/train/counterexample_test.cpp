#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"

// AMSGrad's counterexamples to Adam: Reddi, Kale and Kumar, On the Convergence of Adam and Beyond, 2018,
// section 5, on [−1, 1] from 0, where −1 is the best point and 1 the worst.

namespace {

using namespace descent::testing;

class Play {
 public:
  Play(const std::string& optimizer, const std::string& kind, int seed = 1)
      : training_(training_of(
            "seed: " + std::to_string(seed) +
            "\nmodel: {plugin: point, start: [0.0]}\nloss: {plugin: amsgrad_counterexample, kind: " + kind +
            "}\noptimizer: [{plugin: " + optimizer +
            ", learning_rate: 1.0e-3, beta1: 0.9, beta2: 0.99}, {plugin: project, low: -1.0, "
            "high: 1.0}]\ntrainer: {steps: 10000000}\n")) {}
  double at(std::int64_t step) {
    while (training_->step() < step) training_->play_step(false);
    return parameter(*training_, "point.value")[0];
  }

 private:
  std::unique_ptr<descent::train::Training> training_;
};

// In float the roundings of millions of small steps pile up.
const double margin = is_double ? 1e-8 : 2e-3;

}  // namespace

// Positions: computed in float64 from the algorithms with bias correction, independently of this code.
TEST_CASE("Adam goes to the worst point of the online counterexample, AMSGrad towards the best one") {
  Play adam("adam", "online"), amsgrad("amsgrad", "online");
  CHECK(adam.at(1000) == Approx(0.018275012).margin(margin));
  CHECK(adam.at(10000) == Approx(0.187992867).margin(margin));
  CHECK(adam.at(100000) == Approx(0.995473002).margin(margin));
  CHECK(amsgrad.at(1000) == Approx(-0.000791292).margin(margin));
  CHECK(amsgrad.at(10000) == Approx(-0.007743427).margin(margin));
  CHECK(amsgrad.at(100000) == Approx(-0.081694170).margin(margin));
  CHECK(adam.at(1000000) == Approx(1).margin(margin));
  CHECK(amsgrad.at(1000000) == Approx(-0.779679949).margin(margin));
}

TEST_CASE("the online counterexample after millions of steps", "[slow]") {
  Play adam("adam", "online"), amsgrad("amsgrad", "online");
  CHECK(adam.at(6000000) == Approx(1).margin(margin));
  CHECK(amsgrad.at(6000000) == Approx(-0.995037233).margin(margin));
}

TEST_CASE("Adam goes to the worst point of the stochastic counterexample, AMSGrad towards the best one",
          "[slow]") {
  for (const int seed : {1, 2, 3}) {
    INFO("seed " << seed);
    CHECK(Play("adam", "stochastic", seed).at(2000000) > 0.9);
    CHECK(Play("amsgrad", "stochastic", seed).at(2000000) < -0.5);
  }
}

TEST_CASE("metrics see the counterexamples' costs as their means over time") {
  for (const auto& [kind, mean] : {std::pair("online", 10.0 / 101), {"stochastic", 0.2}}) {
    const auto training = training_of(
        std::string("model: {plugin: point, start: [0.5]}\nloss: {plugin: amsgrad_counterexample, kind: ") +
        kind + "}\noptimizer: sgd\nmetrics: [objective]\ntrainer: {steps: 1}\n");
    CHECK(measured(*training, "objective")[0] == Approx(0.5 * mean));
  }
}

TEST_CASE("the counterexamples' large costs come as often as they should") {
  // A step of 1 downhill is −1010 or 10.
  for (const char* kind : {"online", "stochastic"}) {
    const auto training = training_of(
        std::string("model: {plugin: point, start: [0.0]}\nloss: {plugin: amsgrad_counterexample, kind: ") +
        kind + "}\noptimizer: {plugin: sgd, learning_rate: 1.0}\ntrainer: {steps: 101000}\n");
    int large = 0;
    double before = 0;
    for (int t = 1; t <= 101000; ++t) {
      training->play_step(false);
      const double now = parameter(*training, "point.value")[0], step = now - before;
      before = now;
      const bool is_large = step < 0;
      CHECK(step == (is_large ? -1010 : 10));
      if (kind == std::string("online")) CHECK(is_large == (t % 101 == 1));
      large += is_large;
    }
    INFO(kind);
    // Five standard deviations of a binomial number.
    CHECK(std::abs(large - (kind == std::string("online") ? 1000 : 1010)) < 5 * std::sqrt(1010.0));
  }
}

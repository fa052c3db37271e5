#include <catch2/catch.hpp>
#include <cmath>

#include "plugin_support.hpp"
#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

std::unique_ptr<descent::train::Training> problem(const std::string& optimizer, int seed = 1) {
  return training_of("seed: " + std::to_string(seed) +
                     "\ndataset: quadratic_deep\nmodel: {plugin: point, start: [1.0], repeat: 100}\n"
                     "loss: quadratic_deep\noptimizer: " +
                     optimizer +
                     "\ntrainer: {steps: 100 epochs, batch_size: 128, last_batch: drop, shuffle: once}\n"
                     "metrics: [{plugin: objective, split: test, batch_size: 128, every: 100 epochs}]\n");
}

double test_loss(descent::train::Training& training) {
  return measured(training, "objective")[0];
}

}  // namespace

// numpy.random.RandomState(42).normal(0, 0.6, (1000, 100)) and the same of 43, numpy 1.24.
TEST_CASE("the examples of quadratic_deep are numpy's") {
  const auto dataset = open_dataset("quadratic_deep", {{"test_examples", descent::Value::of(1000)}});
  const auto train = whole(*dataset, descent::Split::train)["point"].value().to_doubles();
  const auto test = whole(*dataset, descent::Split::test)["point"].value().to_doubles();
  REQUIRE(train.size() == 100000);
  const double digits = is_double ? 1e-8 : 1e-6;
  CHECK(train[0] == Approx(0.29802849).epsilon(digits).margin(6e-9));
  CHECK(train[1] == Approx(-0.08295858).epsilon(digits).margin(6e-9));
  CHECK(train[99997] == Approx(0.24551105).epsilon(digits).margin(6e-9));
  CHECK(train[99999] == Approx(0.07203776).epsilon(digits).margin(6e-9));
  CHECK(test[0] == Approx(0.15443996).epsilon(digits).margin(6e-9));
  CHECK(test[1] == Approx(-0.54508886).epsilon(digits).margin(6e-9));
  CHECK(open_dataset("quadratic_deep", {})->size(descent::Split::test) == 896);
}

// The values of DeepOBS itself (Schneider, Balles and Hennig, 2019).
TEST_CASE("quadratic_deep has its published trace and test losses") {
  const auto training = problem("{plugin: sgd, learning_rate: 0.01}");
  CHECK(test_loss(*training) == Approx(353.446766).epsilon(is_double ? 1e-8 : 1e-6));

  descent::Tensor theta = training->registrar().parameters()[0]->value;
  const auto examples = whole(*training->dataset(), descent::Split::train)["point"].value().to_doubles();
  std::vector<double> mean(100);
  for (std::size_t i = 0; i < examples.size(); ++i) mean[i % 100] += examples[i] / 1000;
  theta.copy_from(descent::Tensor::of({100}, mean));
  CHECK(test_loss(*training) == Approx(87.046008).epsilon(is_double ? 1e-8 : 1e-6));

  // The trace: differences of a quadratic function are exact, f(x + e) + f(x − e) − 2f(x) = eᵀQe.
  descent::Batch zero(training->fields(), 1);
  zero.rows("point").fill(0);
  theta.fill(0);
  double trace = 0;
  for (std::int64_t i = 0; i < 100; ++i) {
    theta.data()[i] = 1;
    trace += 2 * objective(*training, "point", zero);
    theta.data()[i] = 0;
  }
  CHECK(trace == Approx(477.6122796).epsilon(is_double ? 1e-9 : 1e-6));
}

TEST_CASE("quadratic_deep's gradients are those of its values") {
  const auto training = problem("{plugin: sgd, learning_rate: 0.01}");
  const descent::Batch batch = whole(*training->dataset(), descent::Split::test);
  CHECK(game_gradient_mismatch(*training, batch) == "");
}

// DeepOBS's baselines: means and standard deviations over 10 seeds after 100 epochs. Ours are means over 10
// seeds as well, so they may differ by some √(2/10) of a deviation. They come out with one
// order for all epochs; with a new one in each, momentum ends at 88.9 ± 1.4 and Adam at 87.28 ± 0.14.
TEST_CASE("optimizers end on quadratic_deep where they do in DeepOBS") {
  struct Baseline {
    const char* optimizer;
    double mean, deviation;
  };
  for (const auto& [optimizer, mean, deviation] :
       {Baseline{"{plugin: sgd, learning_rate: 1.5849e-2}", 87.397, 0.169},
        Baseline{"{plugin: sgd, learning_rate: 2.5119e-3, momentum: 0.99}", 87.045, 0.025},
        Baseline{"{plugin: adam, learning_rate: 3.9811e-2}", 87.112, 0.024}}) {
    double average = 0;
    for (int seed = 1; seed <= 10; ++seed) {
      const auto training = problem(optimizer, seed);
      play(*training, 700);
      average += test_loss(*training) / 10;
    }
    INFO(optimizer << ": " << average);
    CHECK(std::abs(average - mean) < 3 * std::sqrt(0.2) * deviation);
  }
}

TEST_CASE("quadratic_deep says what point and what examples it needs") {
  CHECK_THAT(error_of([] {
               training_of(
                   "dataset: quadratic_deep\nmodel: {plugin: point, start: [1.0]}\nloss: quadratic_deep\n"
                   "optimizer: sgd\ntrainer: {steps: 1}\n");
             }),
             Contains("{start: [1.0], repeat: 100}"));
  CHECK_THAT(error_of([] {
               training_of(
                   "dataset: gaussian_ring\nmodel: {plugin: point, start: [1.0], repeat: 100}\n"
                   "loss: quadratic_deep\noptimizer: sgd\ntrainer: {steps: 1}\n");
             }),
             Contains("dataset quadratic_deep"));
}

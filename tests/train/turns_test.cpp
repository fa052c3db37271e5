#include <catch2/catch.hpp>
#include <set>

#include "descent/plugin/data.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;

// Players x and y are each pulled down by the mean of the examples' numbers that their updates see.
static std::string pulled(const std::string& trainer, int examples = 10) {
  return "dataset: {plugin: test_table, examples: " + std::to_string(examples) +
         "}\nmodel: {plugin: test_point, start: {x: [0], y: [0]}}\nloss: test_pull\n"
         "optimizer: {plugin: test_descent, learning_rate: 1}\ntrainer: {" +
         trainer + "}\n";
}

namespace {

/// The batches that a training will be dealt: the mean of each one's examples, and how many they are.
class ExpectedBatches {
 public:
  explicit ExpectedBatches(const train::Training& training)
      : dataset_(*training.dataset()),
        fields_(training.fields()),
        sampler_(dataset_, training.experiment().seed, training.experiment().trainer.batch_size, 0,
                 training.experiment().trainer.drop_last_batch),
        batch_(fields_, training.experiment().trainer.batch_size) {}
  double next_mean() {
    sampler_.next(batch_, 0, 0);
    double sum = 0;
    const auto numbers = batch_["x"].value().to_doubles();
    for (std::size_t i = 0; i < numbers.size(); i += 2) sum += numbers[i];
    return sum / static_cast<double>(batch_.size());
  }
  std::int64_t size() const { return batch_.size(); }

 private:
  const Dataset& dataset_;
  Fields fields_;
  data::Sampler sampler_;
  Batch batch_;
};

}  // namespace

static std::vector<double> point(const train::Training& training) {
  return {parameter(training, "x.vector")[0], parameter(training, "y.vector")[0]};
}

TEST_CASE(
    "a step deals as many batches as its largest turn counts, and the i-th update of every turn uses the "
    "i-th") {
  const auto training = training_of(pulled("batch_size: 2, steps: 9, turns: [{x: 5}, {y: 2}]"));
  ExpectedBatches dealt(*training);
  double x = 0, y = 0;
  for (int step = 1; step <= 3; ++step) {
    for (int i = 0; i < 5; ++i) {
      const double mean = dealt.next_mean();
      x -= mean;
      if (i < 2) y -= mean;
    }
    play(*training, 1);
    CHECK_THAT(point(*training), is({x, y}));
    CHECK(training->sampler()->cursor() == (data::Sampler::Cursor{step, 0}));
  }
}

TEST_CASE("without turns each player makes one update, and all of a step use its one batch") {
  for (const std::string turns : {"", ", turns: [{x: 1}, {y: 1}]", ", turns: simultaneous"}) {
    const auto training = training_of(pulled("batch_size: 2, steps: 9" + turns));
    ExpectedBatches dealt(*training);
    double x = 0;
    for (int step = 0; step < 7; ++step) {
      x -= dealt.next_mean();
      play(*training, 1);
      CHECK_THAT(point(*training), is({x, x}));
    }
  }
}

TEST_CASE("turns follow each other: a player sees what those before it did") {
  const auto training = training_of(
      "model: {plugin: test_point, start: {x: [1], y: [1]}}\nloss: test_bilinear\n"
      "optimizer: {plugin: test_descent, learning_rate: 0.5}\n"
      "trainer: {steps: 9, turns: [{maximizer: 1}, {minimizer: 2}, {maximizer: 1}]}\n");
  play(*training, 1);
  CHECK(point(*training) == std::vector{-0.5, 1.25});
  CHECK(training->player_updates() == std::vector<std::int64_t>{2, 2});
}

TEST_CASE("a turn of a group moves that group of its player") {
  const auto training = training_of(
      "dataset: {plugin: test_table, examples: 8}\nmodel: test_buffered\nloss: test_learned_weight\n"
      "optimizer: {plugin: sgd, learning_rate: 1.0e-3, momentum: 0.5}\n"
      "trainer: {batch_size: 4, steps: 9, turns: [{predictor: 2}, {model: 1}]}\n");
  play(*training, 3);
  CHECK(unit_of(*training, "predictor.scale").updates == 9);
  CHECK(unit_of(*training, "uncertainty.log_variance").updates == 3);
  CHECK(training->player_updates() == std::vector<std::int64_t>{9});

  const auto partial = training_of(
      "dataset: {plugin: test_table, examples: 8}\nmodel: test_buffered\nloss: test_learned_weight\n"
      "optimizer: {plugin: sgd, learning_rate: 1.0e-3, momentum: 0.5}\n"
      "trainer: {batch_size: 4, steps: 9, turns: [{predictor: 1}]}\n");
  play(*partial, 3);
  CHECK(parameter(*partial, "uncertainty.log_variance") == std::vector{0.5});
  CHECK(slot(*partial, "1_sgd.momentum/uncertainty.log_variance") == std::vector{0.0});
  CHECK(parameter(*partial, "predictor.scale") != std::vector<double>{1, 1});
}

namespace {

/// Collects the first number of a parameter's gradient, update by update.
class Gradients final : public train::StepObserver {
 public:
  explicit Gradients(std::string name) : name_(std::move(name)) {}
  void gradients_ready(const train::GamePlayer&, chain::Arena& arena, std::span<const std::string>) override {
    for (std::size_t p = 0; p < arena.parameters().size(); ++p)
      if (arena.parameters()[p]->name == name_) seen.push_back(arena.gradient_views()[p].to_doubles()[0]);
  }
  void updated(const train::GamePlayer&, chain::Arena&, std::span<const std::string>) override {}
  std::vector<double> seen;

 private:
  std::string name_;
};

}  // namespace

TEST_CASE("every update draws noise of its own, on the same data and at the same point") {
  const auto gradients = [](const std::string& seed) {
    const auto training =
        training_of("seed: " + seed +
                    "\ndataset: {plugin: test_table, examples: 1}\nmodel: test_coder\n"
                    "loss: elbo\noptimizer: {plugin: sgd, learning_rate: 1.0e-30}\n"
                    "trainer: {batch_size: 1, steps: 9, turns: [{model: 2}, {model: 1}]}\n");
    Gradients observer("decoder.factor");
    play(*training, 2, &observer);
    return observer.seen;
  };
  const std::vector<double> seen = gradients("1");
  REQUIRE(seen.size() == 6);
  // The example is 0 and so is the posterior's mean: the decoder's gradient is the square of its noise.
  CHECK(std::set<double>(seen.begin(), seen.end()).size() == 6);
  CHECK(gradients("1") == seen);
  CHECK(gradients("2") != seen);
}

TEST_CASE("buffers are committed after each update") {
  const auto mean_after = [](const std::string& turns) {
    const auto training = training_of(
        "dataset: {plugin: test_table, examples: 4}\nmodel: {plugin: test_buffered, momentum: 0.5}\n"
        "loss: mean_squared_error\noptimizer: sgd\ntrainer: {batch_size: 4, steps: 9, turns: " +
        turns + "}\n");
    play(*training, 1);
    return buffer(*training, "predictor.running_mean");
  };
  // The batch holds all examples, so that its mean is 1.5.
  CHECK_THAT(mean_after("[{model: 1}]"), is({0.75, -0.75}));
  CHECK_THAT(mean_after("[{model: 3}]"), is({1.3125, -1.3125}));
  CHECK_THAT(mean_after("[{model: 1}, {model: 1}]"), is({1.125, -1.125}));
}

TEST_CASE("a last batch that is not full is kept, and its mean is over its own examples, or dropped") {
  const auto sizes = [](const std::string& last_batch) {
    const auto training = training_of(pulled("batch_size: 4, steps: 99, last_batch: " + last_batch));
    ExpectedBatches dealt(*training);
    std::vector<double> seen;
    double x = 0;
    for (int step = 0; step < 6; ++step) {
      x -= dealt.next_mean();
      play(*training, 1);
      CHECK_THAT(point(*training), is({x, x}));
      CHECK(term(*training, "x", "test_pull", "examples") == static_cast<double>(dealt.size()));
      seen.push_back(term(*training, "x", "test_pull", "examples"));
    }
    return seen;
  };
  CHECK(sizes("keep") == std::vector<double>{4, 4, 2, 4, 4, 2});
  CHECK(sizes("drop") == std::vector<double>{4, 4, 4, 4, 4, 4});
}

TEST_CASE("a run of epochs ends with the step that deals the last batch of the last one") {
  const auto steps = [](const std::string& trainer) { return training_of(pulled(trainer))->total_steps(); };
  CHECK(steps("batch_size: 4, steps: 2 epochs") == 6);
  CHECK(steps("batch_size: 4, steps: 2 epochs, last_batch: drop") == 4);
  CHECK(steps("batch_size: 4, steps: 2 epochs, turns: [{x: 2}, {y: 1}]") == 3);
  CHECK(steps("batch_size: 4, steps: 1 epochs, turns: [{x: 2}, {y: 1}]") == 2);
  CHECK(steps("batch_size: 4, steps: 1 epochs, validation: 6") == 1);
  CHECK(steps("batch_size: 4, steps: 17") == 17);
}

TEST_CASE("what is due every so many epochs is due when they end") {
  const auto due = [](const std::string& trainer, std::int64_t epochs) {
    const auto training = training_of(pulled(trainer));
    std::vector<int> steps;
    for (int step = 1; step <= 9; ++step)
      if (training->is_due({epochs, experiment::Duration::Unit::epochs}, step)) steps.push_back(step);
    return steps;
  };
  CHECK(due("batch_size: 4, steps: 9", 1) == std::vector{3, 6, 9});
  CHECK(due("batch_size: 4, steps: 9", 2) == std::vector{6});
  CHECK(due("batch_size: 4, steps: 9, last_batch: drop", 1) == std::vector{2, 4, 6, 8});
  CHECK(due("batch_size: 4, steps: 9, turns: [{x: 2}, {y: 1}]", 1) == std::vector{2, 3, 5, 6, 8, 9});
  CHECK(due("batch_size: 4, steps: 9", 0).empty());
}

TEST_CASE("epochs are counted as a fraction") {
  const auto training = training_of(pulled("batch_size: 4, steps: 9"));
  std::vector<double> epochs;
  for (int step = 0; step < 4; ++step) {
    play(*training, 1);
    epochs.push_back(training->epochs());
  }
  CHECK(epochs == std::vector{0.4, 0.8, 1.0, 1.4});
}

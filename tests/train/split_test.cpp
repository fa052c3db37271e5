#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"

using namespace descent::testing;

namespace {

const std::string experiment =
    "dataset: {plugin: glyphs, pixels: 8, examples: 200, test_examples: 10}\n"
    "model: {plugin: mlp, network: {hidden: [200]}}\n"
    "loss: cross_entropy\n"
    "optimizer: {plugin: adam, learning_rate: 3.0e-3}\n"
    "trainer: {steps: 600, batch_size: 10, validation: 190}\n"
    "metrics:\n"
    "  - {plugin: objective, name: on_train, split: train}\n"
    "  - {plugin: objective, name: on_validation, split: validation}\n";

}  // namespace

TEST_CASE("the split train is what is trained on: without the validation examples") {
  const auto training = training_of(experiment);
  const double on_train = measured(*training, "on_train")[0];
  const double on_validation = measured(*training, "on_validation")[0];
  const auto whole = training_of(
      experiment, {"trainer.validation=0", "metrics=[{plugin: objective, name: on_train, split: train}]"});
  CHECK((10 * on_train + 190 * on_validation) / 200 == Approx(measured(*whole, "on_train")[0]).epsilon(1e-5));

  // Ten examples are learned by heart, and say little about the others.
  play(*training, 600);
  CHECK(measured(*training, "on_train")[0] < 0.01);
  CHECK(measured(*training, "on_validation")[0] > 1);
}

TEST_CASE("a data set without test examples is measured on what is trained on") {
  const auto training = training_of(
      "dataset: {plugin: test_table, examples: 8, test_examples: 0}\nmodel: test_buffered\n"
      "loss: mean_squared_error\noptimizer: sgd\ntrainer: {batch_size: 5, steps: 9, validation: 3}\n"
      "metrics:\n"
      "  - {plugin: objective, name: any}\n"
      "  - {plugin: objective, name: on_train, split: train}\n"
      "  - {plugin: objective, name: on_validation, split: validation}\n");
  CHECK(measured(*training, "any") == measured(*training, "on_train"));
  CHECK(measured(*training, "any") != measured(*training, "on_validation"));
}

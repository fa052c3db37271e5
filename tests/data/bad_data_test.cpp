#include <catch2/catch.hpp>

#include "train/spoilt_experiment.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::Matches;

TEST_CASE("a batch that is larger than the data") {
  CHECK(refusal({"trainer: {batch_size: 11, steps: 3}"}) ==
        "test.yaml:5:10: 'batch_size' 11 is larger than the data: 10 training examples");
}

TEST_CASE("a validation split that leaves nothing") {
  CHECK_THAT(refusal({"trainer: {batch_size: 4, steps: 3, validation: 10}"}),
             Contains("test.yaml:5:10: 'validation' sets 10 examples aside, but the data set has only 10"));
}

TEST_CASE("labels that are no classes show before the first step, with the loss and its place") {
  CHECK_THAT(
      refusal({"model: {plugin: mlp, input: x, target: target}", "loss: cross_entropy", "metrics: []"}),
      Contains("test.yaml:3:7: loss 'cross_entropy': the target 'target' is numbers, not a class"));
}

TEST_CASE("a number in the test split that is none, where a metric looks at it") {
  const std::vector<std::string> lines = {"dataset: {plugin: test_flawed, at: 7, split: test}",
                                          "model: {plugin: test_point}", "loss: {plugin: test_pull}"};
  CHECK_THAT(refusal(lines),
             Contains("test.yaml:1:10: dataset 'test_flawed': 'x' of test example 7 holds nan"));
}

TEST_CASE("a data set that throws is named, whoever reads it") {
  for (const char* metrics : {"metrics: [{plugin: test_reader}]", "metrics: []"})
    CHECK_THAT(error_or_failure_of([&] {
                 run::check_experiment(experiment_of(
                     spoilt({"dataset: {plugin: test_flawed, throws: true}", "model: {plugin: test_point}",
                             "loss: {plugin: test_pull}", metrics})));
               }),
               Contains("dataset 'test_flawed'") && Contains("on fire") && Contains("[test.yaml:1:10]"));
}

TEST_CASE("a number in the data that is none") {
  CHECK(refusal({"dataset: {plugin: test_flawed, at: 7}", "model: {plugin: test_point}",
                 "loss: {plugin: test_pull}"}) ==
        "test.yaml:1:10: dataset 'test_flawed': 'x' of training example 7 holds nan; every number must be "
        "finite");
}

TEST_CASE("numbers that are none in what is drawn without end") {
  const auto lines = [](const std::string& below) -> std::vector<std::string> {
    return {"dataset: {plugin: test_rarely_flawed, below: " + below + "}", "model: {plugin: test_point}",
            "loss: {plugin: test_pull}", "metrics: []", "trainer: {batch_size: 4, steps: 500}"};
  };
  CHECK_THAT(
      refusal(lines("1.0")),
      Matches("test.yaml:1:10: dataset 'test_rarely_flawed': 'x' of a batch holds -?nan; every number must "
              "be finite"));
  // Too rare for the first batch to show: the data are blamed, and not the optimizer.
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  const run::RunResult result =
      run::run_experiment(experiment_of(spoilt(lines("0.01"))), test_registry(), options);
  CHECK(result.status == runlog::RunStatus::failed);
  CHECK_THAT(result.reason,
             Contains("dataset 'test_rarely_flawed': 'x' of a batch holds") && Contains("[test.yaml:1:10]"));
}

TEST_CASE("data that a likelihood or a loss is not of") {
  const std::string vae =
      "model: {plugin: vae, latent: 2, encoder: {hidden: [4]}, decoder: {hidden: [4]}, field: ";
  const auto refused_by_vae = [&](const std::string& dataset, const std::string& field) {
    return refusal({"dataset: " + dataset, vae + field + "}", "loss: elbo", "metrics: []"});
  };
  CHECK_THAT(refused_by_vae("gaussian_ring", "point"),
             Contains("a Bernoulli likelihood is of numbers from 0 to 1, but 'point' has ") &&
                 Contains("; give the model 'likelihood: gaussian'"));
  CHECK(
      refused_by_vae("glyphs", "label") ==
      "test.yaml:2:8: model 'vae': a Bernoulli likelihood is of numbers from 0 to 1, but 'label' holds class "
      "indices; use likelihood: categorical");
  CHECK(refused_by_vae("glyphs", "image, likelihood: categorical") ==
        "test.yaml:2:8: model 'vae': a categorical likelihood is of class indices, which 'image' does not "
        "hold; use "
        "likelihood: bernoulli or gaussian");
  CHECK_THAT(refused_by_vae("glyphs", "image, likelihood: {gaussian: -1}"),
             Contains("test.yaml:2:") &&
                 Contains("the standard deviation of a Gaussian likelihood is a number above 0"));
  CHECK_THAT(refused_by_vae("glyphs", "image, likelihood: laplace"),
             Contains("a likelihood is bernoulli, categorical"));
  const auto refused_by = [&](const std::string& loss, const std::string& target) {
    return refusal(
        {"dataset: glyphs", "model: {plugin: mlp, target: " + target + "}", "loss: " + loss, "metrics: []"});
  };
  CHECK(refused_by("mean_squared_error", "label") ==
        "test.yaml:3:7: loss 'mean_squared_error': the target 'label' is a class, not numbers; use "
        "cross_entropy, "
        "or another target");
  CHECK(refused_by("cross_entropy", "image") ==
        "test.yaml:3:7: loss 'cross_entropy': the target 'image' is numbers, not a class; use "
        "mean_squared_error, "
        "or another target");
}

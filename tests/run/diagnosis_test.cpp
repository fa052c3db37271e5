#include "descent/run/diagnosis.hpp"

#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

static run::RunResult run_of(const std::string& yaml) {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  options.fresh = true;
  return run::run_experiment(experiment_of(yaml), test_registry(), options);
}

static std::string bowl(const std::string& curvature, const std::string& rate, const std::string& steps) {
  return "{name: bowl, model: {plugin: point, start: [3, 4]}, loss: {plugin: quadratic, curvature: [" +
         curvature + "]}, optimizer: {plugin: sgd, learning_rate: " + rate + "}, trainer: {steps: " + steps +
         "}}";
}

TEST_CASE("a run that converges is not diagnosed with anything") {
  CHECK(run_of(bowl("1", "0.5", "1000")).diagnoses.empty());
}

TEST_CASE("a layer that gets no gradient while another one does") {
  const run::RunResult result = run_of(
      "{name: idle, model: {plugin: point, start: {x: [1, 2], idle: [3]}}, loss: test_detached, "
      "optimizer: {plugin: sgd, learning_rate: 1.0e-3}, trainer: {steps: 200}}");
  CHECK(result.diagnoses ==
        std::vector<std::string>{"gradients vanish at idle (0 of its values), first at step 20"});
}

TEST_CASE("gradients vanish at the first layer of a deep sigmoid network") {
  const run::RunResult result = run_of(
      "{name: deep, dataset: {plugin: glyphs, pixels: 8, examples: 256, test_examples: 16}, model: {plugin: "
      "mlp, "
      "network: {hidden: [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8], activation: sigmoid}}, loss: cross_entropy, "
      "optimizer: {plugin: sgd, learning_rate: 0.01}, trainer: {steps: 60, batch_size: 32}}");
  REQUIRE_FALSE(result.diagnoses.empty());
  CHECK_THAT(result.diagnoses.front(), StartsWith("gradients vanish at network.0"));
}

TEST_CASE("updates that overtake the values, gradients and values that explode") {
  // x is multiplied by 1 - 0.35 * 10 = -2.5 in every step.
  const run::RunResult result = run_of(bowl("10", "0.35", "400"));
  CHECK(result.status == runlog::RunStatus::diverged);
  REQUIRE(result.diagnoses.size() == 3);
  CHECK_THAT(result.diagnoses[0],
             Contains("gradients explode at point") && Contains("4 of its values), first at step 10"));
  CHECK(result.diagnoses[1] == "updates are larger than values at point (1.4 times), first at step 20");
  CHECK_THAT(result.diagnoses[2], Contains("values explode at point"));
}

#include <catch2/catch.hpp>

#include "descent/run/resume.hpp"
#include "descent/run/run.hpp"
#include "descent/run/trained_run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "support/experiment_text.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

// A classifier and its average, whose batch statistics are re-estimated wherever it is looked at.
const std::string yaml = R"(
dataset: {plugin: glyphs, pixels: 8, examples: 120, test_examples: 40}
model: {plugin: mlp, network: {hidden: [12], batch_norm: true, dropout: 0.2}}
loss: cross_entropy
optimizer: [{plugin: adam, learning_rate: 0.02}, {plugin: ema, decay: 0.95}]
trainer: {batch_size: 24, steps: 20}
metrics: [{plugin: accuracy, every: 5}, {plugin: objective, every: 5}]
checkpoint: {every: 10}
)";

std::vector<double> logged(const std::filesystem::path& run, const std::string& set,
                           const std::string& column) {
  return runlog::LogReader(run / "log.h5").column(set, column);
}

}  // namespace

TEST_CASE("evaluate and resume have the bits that the run logged at its evaluation point") {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  const run::RunResult whole = run::run_experiment(experiment_of(yaml), test_registry(), options);
  REQUIRE(whole.status == runlog::RunStatus::done);
  const std::vector<double> objective = logged(whole.directory, "test.objective", "value");
  REQUIRE(objective.size() == 4);

  for (const auto& [checkpoint, expected] :
       {std::pair("step_10", objective[1]), std::pair("final", objective[3])}) {
    run::RestoredRun restored(whole.directory, run::find_checkpoint(whole.directory, checkpoint),
                              test_registry(), run::MetricChoice{"objective"});
    CHECK(restored.training().measure(restored.training().metrics()[0])[0] == expected);
  }

  const ScratchFolder other;
  options.root = other.path;
  options.until = 10;
  const run::RunResult half = run::run_experiment(experiment_of(yaml), test_registry(), options);
  run::resume_run(half.directory, test_registry(), {}, {});
  CHECK(logged(half.directory, "test.objective", "value") == objective);
  CHECK(logged(half.directory, "test.accuracy", "accuracy") ==
        logged(whole.directory, "test.accuracy", "accuracy"));
}

TEST_CASE("a finished run that a metric refers to is at its evaluation point") {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  const run::RunResult done = run::run_experiment(experiment_of(yaml), test_registry(), options);
  const auto trained = run::load_trained_run(done.directory);
  run::RestoredRun restored(done.directory, run::find_checkpoint(done.directory, "final"), test_registry());
  auto& training = restored.training();
  const auto numbers = [&](Model& model) {
    Pass pass(Mode::evaluation, 1, 1, 0, BufferUpdates::none);
    auto& predictor = role<Predictor>(model);
    return predictor.predict(Values(Tensor::full({3, 8, 8, 1}, 0.3)), pass)[0].value().to_doubles();
  };
  const std::vector<double> at_training_point = numbers(training.model());
  const train::Training::EvaluationPoint here(training);
  CHECK(numbers(trained->model()) == numbers(training.model()));
  CHECK(numbers(trained->model()) != at_training_point);
}

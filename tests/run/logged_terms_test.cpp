#include <algorithm>
#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
namespace fs = std::filesystem;

static run::RunResult run_of(const experiment::Experiment& experiment, const fs::path& root) {
  run::RunOptions options;
  options.root = root;
  return run::run_experiment(experiment, test_registry(), options);
}

TEST_CASE("what has a cadence of its own has rows of its own, and schedules are logged") {
  const ScratchFolder root;
  const experiment::Experiment experiment = experiment_of(R"(
name: game
model: {plugin: test_point, start: {x: [1], y: [2]}}
loss: [test_bilinear, {plugin: l2, every: 2}]
optimizer: {plugin: sgd, learning_rate: {schedule: piecewise, values: [0.5, 0.25], boundaries: [2]}}
trainer: {steps: 4}
)");
  const runlog::LogReader log(run_of(experiment, root.path).directory / "log.h5");
  CHECK(log.steps("train") == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(log.steps("loss.l2") == std::vector<std::int64_t>{1, 3});
  CHECK(log.column("train", "optimizer.sgd.learning_rate") == std::vector<double>{0.5, 0.5, 0.25, 0.25});
  CHECK(log.column("train", "minimizer/test_bilinear/product")[0] == 2);
  CHECK(log.column("loss.l2", "minimizer/l2/l2")[0] == 0.5);
}

TEST_CASE(
    "a loss that is seldom evaluated has a row of its first evaluation at or after each step that is "
    "logged") {
  const ScratchFolder root;
  const runlog::LogReader log(run_of(experiment_of(R"(
name: lazy
model: {plugin: test_point, start: {x: [1], y: [2]}}
loss: [test_bilinear, {plugin: l2, every: 16}]
optimizer: {plugin: sgd, learning_rate: 1.0e-3}
trainer: {steps: 120}
log: {metrics: {every: 40}}
)"),
                                     root.path)
                                  .directory /
                              "log.h5");
  CHECK(log.steps("train") == std::vector<std::int64_t>{1, 40, 80, 120});
  CHECK(log.steps("loss.l2") == std::vector<std::int64_t>{1, 49, 81});  // of 1, 17, 33, 49, 65, 81, 97, 113
}

TEST_CASE("a player without a turn is not evaluated, and has no column") {
  const ScratchFolder root;
  const runlog::LogReader log(run_of(experiment_of(R"(
name: alone
model: {plugin: test_point, start: {x: [1], y: [2]}}
loss: [test_bilinear, {plugin: l2, every: 2}]
optimizer: {plugin: sgd, learning_rate: 1.0e-3}
trainer: {steps: 4, turns: [{minimizer: 2}]}
log: {optimizer: {every: 1}}
)"),
                                     root.path)
                                  .directory /
                              "log.h5");
  std::vector<std::string> columns;
  for (const runlog::MetricSet& set : log.sets())
    for (const runlog::MetricColumn& column : set.columns) columns.push_back(set.name + "." + column.name);
  CHECK(std::none_of(columns.begin(), columns.end(),
                     [](const std::string& name) { return name.find("maximizer") != std::string::npos; }));
  CHECK(std::count(columns.begin(), columns.end(), "train.minimizer/objective") == 1);
  CHECK(std::count(columns.begin(), columns.end(), "loss.l2.minimizer/l2/l2") == 1);
}

// Each update of sgd with rate 0.5 halves x.
TEST_CASE("what is logged of a step with several updates is that of the first") {
  const ScratchFolder root;
  const runlog::LogReader log(run_of(experiment_of(R"(
name: several
model: {plugin: point, start: [4]}
loss: quadratic
optimizer: {plugin: sgd, learning_rate: 0.5}
trainer: {steps: 2, turns: [{point: 3}]}
log: {optimizer: {every: 1, measures: [gradient_norm, update_norm, value_norm]}}
)"),
                                     root.path)
                                  .directory /
                              "log.h5");
  CHECK(log.column("train", "objective") == std::vector<double>{8, 0.125});  // x²/2 at 4 and at 1/2
  CHECK(log.column("train", "quadratic.quadratic") == std::vector<double>{8, 0.125});
  CHECK(log.column("optimizer.point", "gradient_norm") == std::vector<double>{4, 0.5});
}

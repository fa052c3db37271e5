#include "descent/run/run.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "chain/captured_updates.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/run_directory.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
#include "support/experiment_text.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// x is halved in every step.
static const std::string halving = R"(
name: halving
model: {plugin: test_point, start: {x: [4]}}
loss: test_quadratic
optimizer: {plugin: sgd, learning_rate: 0.5, momentum: 1.0e-30}
trainer: {steps: 10}
metrics: [{plugin: test_distance, every: 4}]
log:
  metrics: {every: 3}
  tensors:
    - {values: "*", every: 5}
    - {gradients: "*", every: 5}
    - {updates: "*", every: 5}
    - {slots: "1_sgd.*", every: 5}
    - {values: "*", every: 5, histogram: true}
checkpoint: {every: 2, keep: 2}
)";

static run::RunResult run_of(const experiment::Experiment& experiment, const fs::path& root,
                             bool fresh = false) {
  run::RunOptions options;
  options.root = root;
  options.fresh = fresh;
  return run::run_experiment(experiment, test_registry(), options);
}

static std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("a run leaves its experiment, status, log, events and checkpoints") {
  const ScratchFolder root;
  const run::RunResult result = run_of(experiment_of(halving), root.path);
  CHECK(result.status == runlog::RunStatus::done);
  CHECK(!result.already_done);
  CHECK(result.step == 10);
  CHECK(result.reason.empty());
  CHECK(result.directory == root.path / "halving/seed=1");
  REQUIRE(result.findings.size() == 2);
  CHECK(result.findings[0].metric == "test_distance");
  CHECK(result.findings[0].measure == "length");
  CHECK(result.findings[0].value == 4.0 / 1024);

  const std::vector<std::string> expected = {"checkpoints", "events.jsonl", "experiment.yaml", "log.h5",
                                             "status.yaml"};
  std::vector<std::string> names = names_in(result.directory);
  std::erase_if(names, [](const std::string& name) { return name.starts_with("."); });  // the lock
  std::erase(names, "lock");
  CHECK(names == expected);
  CHECK(names_in(result.directory / "checkpoints") ==
        std::vector<std::string>{"final.h5", "step_00000006.h5", "step_00000008.h5"});
  CHECK(state_without_costs(result.directory) == runlog::RunState{runlog::RunStatus::done, 10});
  const std::string events = content(result.directory / "events.jsonl");
  // There may be more on a busy machine: how long training waited for the disk.
  CHECK(std::count(events.begin(), events.end(), '\n') >= 3);
  CHECK_THAT(events, Contains(R"("kind": "evaluation")") && Contains("step 4: test_distance length 0.25"));
}

TEST_CASE("the frozen experiment reads back as itself, and runs to the same end") {
  const ScratchFolder root;
  const run::RunResult result = run_of(experiment_of(halving), root.path);
  const std::string frozen = runlog::read_resolved_experiment(result.directory);
  const experiment::Experiment again =
      experiment::load_experiment(result.directory / "experiment.yaml", test_registry());
  CHECK(experiment::to_yaml(again.resolved) == frozen);
  CHECK(runlog::LogReader(result.directory / "log.h5").experiment() == frozen);
  const run::RunResult repeated = run_of(again, root.path / "again");
  CHECK(repeated.findings[0].value == result.findings[0].value);
}

TEST_CASE("overrides and the seed name the directory") {
  const experiment::Experiment experiment = experiment_of(halving, {"seed=7", "trainer.steps=2"});
  CHECK(run::run_directory(experiment, "runs") == fs::path("runs/halving/trainer.steps=2/seed=7"));
}

TEST_CASE("the log holds what the trainer computed") {
  const ScratchFolder root;
  const runlog::LogReader log(run_of(experiment_of(halving), root.path).directory / "log.h5");
  CHECK(log.closed());
  CHECK(log.verify().empty());
  CHECK(log.attributes().find("status")->text() == "done");
  CHECK(log.steps("train") == std::vector<std::int64_t>{1, 3, 6, 9, 10});
  CHECK(log.steps("train.test_distance") == std::vector<std::int64_t>{4, 8, 10});

  const auto training = training_of(halving);
  CapturedUpdates seen;
  std::vector<double> objectives, lengths;
  for (int step = 1; step <= 10; ++step) {
    play(*training, 1, &seen);
    if (step == 1 || step % 3 == 0 || step == 10)
      objectives.push_back(training->game().players()[0].objective);
    if (step % 4 == 0 || step == 10) lengths.push_back(measured(*training, "test_distance")[0]);
    if (step % 5 != 0) continue;
    const std::int64_t index = step / 5 - 1;
    CHECK(log.snapshot("tensors/x.vector/value", index) == parameter(*training, "x.vector"));
    CHECK(log.snapshot("tensors/x.vector/gradient", index) == seen.gradients["x.vector"]);
    CHECK(log.snapshot("tensors/x.vector/update", index) == seen.updates["x.vector"]);
    CHECK(log.snapshot("tensors/x.vector/1_sgd.momentum", index) ==
          slot(*training, "1_sgd.momentum/x.vector"));
    CHECK(log.limits("tensors/x.vector/value_histogram", index).first == parameter(*training, "x.vector")[0]);
  }
  CHECK(log.snapshot_steps("tensors/x.vector/value") == std::vector<std::int64_t>{5, 10});
  CHECK(log.column("train", "objective") == objectives);
  CHECK(log.column("train", "test_quadratic/energy") == objectives);
  CHECK(log.column("train.test_distance", "length") == lengths);
  std::vector<std::string> plugins;
  for (const runlog::PluginRow& row : log.plugins()) plugins.push_back(row.kind + "/" + row.name);
  std::sort(plugins.begin(), plugins.end());
  CHECK(plugins == std::vector<std::string>{"loss/test_quadratic", "metric/test_distance", "model/test_point",
                                            "optimizer/sgd"});
}

TEST_CASE(
    "schedules of patterns, and of rules that stand twice in a chain, are logged under their own names") {
  const ScratchFolder root;
  const experiment::Experiment experiment = experiment_of(R"(
name: patterns
model: {plugin: test_point, start: {x: [1], y: [2]}}
loss: test_quadratic
optimizer:
  "?.vec*":
    - {plugin: l2, weight: {schedule: linear, from: 1, to: 0, steps: 2}}
    - {plugin: sgd, learning_rate: {schedule: linear, from: 0.5, to: 0, steps: 2}}
    - {plugin: l2, weight: {schedule: linear, from: 4, to: 0, steps: 2}}
trainer: {steps: 2}
)");
  const runlog::LogReader log(run_of(experiment, root.path).directory / "log.h5");
  CHECK(log.column("train", "optimizer.?.vec*.1_l2.weight") == std::vector<double>{1, 0.5});
  CHECK(log.column("train", "optimizer.?.vec*.sgd.learning_rate") == std::vector<double>{0.5, 0.25});
  CHECK(log.column("train", "optimizer.?.vec*.3_l2.weight") == std::vector<double>{4, 2});
  CHECK(runlog::column_name("optimizer.?.vec*.sgd.learning_rate") == "optimizer.+.vec@.sgd.learning_rate");
}

TEST_CASE("a run that is done is not run again") {
  const ScratchFolder root;
  const experiment::Experiment experiment = experiment_of(halving);
  const run::RunResult first = run_of(experiment, root.path);
  const std::string log = content(first.directory / "log.h5");
  const run::RunResult second = run_of(experiment, root.path);
  CHECK(second.already_done);
  CHECK(second.status == runlog::RunStatus::done);
  CHECK(second.step == 10);
  CHECK(content(first.directory / "log.h5") == log);
  REQUIRE(second.findings.size() == first.findings.size());
  for (std::size_t i = 0; i < first.findings.size(); ++i) {
    CHECK(second.findings[i].metric == first.findings[i].metric);
    CHECK(second.findings[i].measure == first.findings[i].measure);
    CHECK(second.findings[i].value == first.findings[i].value);
  }
}

TEST_CASE("another run in the directory is refused, or moved aside when that is asked for") {
  const ScratchFolder root;
  const run::RunResult first = run_of(experiment_of(halving), root.path);
  const std::string frozen = content(first.directory / "experiment.yaml");
  // Not an override, so that the directory is the same.
  std::string longer = halving;
  longer.replace(longer.find("steps: 10"), 9, "steps: 12");
  CHECK_THAT(error_of([&] { run_of(experiment_of(longer), root.path); }),
             Contains(first.directory.string() + " already holds this run with fewer steps") &&
                 Contains("--fresh") && Contains("descent resume"));
  CHECK(run_of(experiment_of(longer), root.path, true).step == 12);
  CHECK(run_of(experiment_of(longer), root.path, true).step == 12);
  CHECK(names_in(root.path / "halving") ==
        std::vector<std::string>{"seed=1", "seed=1.old-1", "seed=1.old-2"});
  CHECK(content(root.path / "halving/seed=1.old-1/experiment.yaml") == frozen);
}

TEST_CASE("a run that another process is at is not moved aside") {
  const ScratchFolder root;
  const run::RunResult first = run_of(experiment_of(halving), root.path);
  const runlog::RunDirectoryLock other(first.directory);
  CHECK_THAT(error_of([&] { run_of(experiment_of(halving), root.path, true); }),
             Contains(first.directory.string()) && Contains("cannot be moved aside"));
  CHECK(names_in(root.path / "halving") == std::vector<std::string>{"seed=1"});
}

TEST_CASE("what another process made of a directory meanwhile is left alone") {
  const ScratchFolder root;
  const fs::path directory = root.path / "runs/halving/seed=1";
  fs::create_directories(directory);
  {
    const runlog::RunDirectoryLock other(directory);
    CHECK_THAT(error_of([&] { run::ClaimedDirectory claimed(directory); }), Contains("in use by"));
  }
  std::ofstream(directory / "status.yaml") << "status: done\nstep: 10\n";
  CHECK_THAT(error_of([&] { run::ClaimedDirectory claimed(directory); }), Contains("another process"));
  CHECK(names_in(directory) == std::vector<std::string>{".lock", "status.yaml"});
  {
    const run::ClaimedDirectory claimed(root.path / "runs/other/deep/seed=1");
    fs::create_directories(root.path / "runs/other/seed=2");
  }
  CHECK(names_in(root.path / "runs/other") == std::vector<std::string>{"seed=2"});
  { const run::ClaimedDirectory claimed(root.path / "new/other/seed=1"); }
  CHECK(names_in(root.path) == std::vector<std::string>{"runs"});
  run::ClaimedDirectory(root.path / "new/other/seed=1").keep();
  CHECK(names_in(root.path / "new/other") == std::vector<std::string>{"seed=1"});
}

TEST_CASE("a folder that holds no run is not touched") {
  const ScratchFolder root;
  fs::create_directories(root.path / "halving/seed=1");
  std::ofstream(root.path / "halving/seed=1/notes.txt") << "mine";
  CHECK_THAT(error_of([&] { run_of(experiment_of(halving), root.path); }),
             Contains("no run of ours") && Contains("--fresh"));
  CHECK(names_in(root.path / "halving/seed=1") == std::vector<std::string>{"notes.txt"});
}

TEST_CASE("a metric's schedule follows the step and is logged") {
  const ScratchFolder root;
  const run::RunResult result = run_of(experiment_of(R"(
name: scaled
model: {plugin: test_point, start: {x: [4]}}
loss: test_quadratic
optimizer: {plugin: sgd, learning_rate: 0.5}
trainer: {steps: 3}
metrics: [{plugin: test_distance, every: 1, scale: {schedule: piecewise, values: [1, 10], boundaries: [2]}}]
)"),
                                       root.path);
  const runlog::LogReader log(result.directory / "log.h5");
  CHECK(log.column("train", "metric.test_distance.scale") == std::vector<double>{1, 1, 10});
  CHECK(log.column("train.test_distance", "length") == std::vector<double>{2, 1, 5});
}

TEST_CASE("a tensor's summary is a row of numbers") {
  const ScratchFolder root;
  const run::RunResult result = run_of(experiment_of(R"(
name: summed
model: {plugin: test_point, start: {x: [3, -4, 1]}}
loss: test_quadratic
optimizer: {plugin: sgd, learning_rate: 1.0e-30}
trainer: {steps: 4}
log: {tensors: [{values: "x.*", summary: true, every: 2}]}
)"),
                                       root.path);
  const runlog::LogReader log(result.directory / "log.h5");
  const std::string set = "summary.x.vector.value";
  CHECK(log.steps(set) == std::vector<std::int64_t>{2, 4});
  CHECK(log.column(set, "mean")[1] == 0);
  CHECK(log.column(set, "stddev")[1] == Approx(std::sqrt(26.0 / 3)));
  CHECK(log.column(set, "minimum")[1] == -4);
  CHECK(log.column(set, "maximum")[1] == 3);
  CHECK(log.column(set, "norm")[1] == Approx(std::sqrt(26.0)));
}

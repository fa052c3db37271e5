#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>

#include "descent/run/run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// The way a run ends: on a bowl, from x = 4, with gradient steps.
static std::string bowl(const std::string& trainer, const std::string& learning_rate = "0.5",
                        const std::string& more = "") {
  return "name: bowl\nplugins: [" + std::string(DESCENT_BINARY_DIR) +
         "/tests/plugins]\nmodel: {plugin: point, start: [4]}\nloss: quadratic\n"
         "optimizer: {plugin: sgd, learning_rate: " +
         learning_rate + "}\ntrainer: {" + trainer + "}\nmetrics: [{plugin: test_distance, every: 1}]\n" +
         more;
}

static run::RunResult run_of(const std::string& experiment, run::RunOptions options, const fs::path& root) {
  options.root = root;
  return run::run_experiment(experiment_of(experiment), test_registry(), options);
}

TEST_CASE("a run stops when a metric reaches its target") {
  const ScratchFolder root;
  const run::RunResult result =
      run_of(bowl("steps: 100, stop: {metric: test_distance/length, target: 0.6}"), {}, root.path);
  CHECK(result.status == runlog::RunStatus::done);
  CHECK(result.step == 3);
  CHECK(result.reason == "test_distance/length reached its target 0.6 with 0.5 at step 3");
  CHECK(state_without_costs(result.directory) == runlog::RunState{runlog::RunStatus::done, 3, result.reason});
  CHECK(fs::exists(result.directory / "checkpoints/final.h5"));
  CHECK(runlog::LogReader(result.directory / "log.h5").steps("train") == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("a target that is reached at the last step ends a run as any other does") {
  const ScratchFolder root;
  const run::RunResult result = run_of(
      "{name: last, dataset: {plugin: glyphs, pixels: 8, examples: 20, test_examples: 5}, "
      "model: {plugin: vae, latent: 2, encoder: {hidden: [4]}, decoder: {hidden: [4]}}, loss: elbo, "
      "optimizer: adam, trainer: {batch_size: 8, steps: 3, stop: {metric: objective, target: 1.0e+9}}, "
      "metrics: [{plugin: objective, every: 3}], log: {samples: {every: 2, count: 2}}, checkpoint: {best: "
      "objective}}",
      {}, root.path);
  CHECK(result.step == 3);
  CHECK_THAT(result.reason, Contains("reached its target"));
  CHECK(runlog::LogReader(result.directory / "log.h5").snapshot_steps("samples/image") ==
        std::vector<std::int64_t>{2, 3});
  CHECK(fs::exists(result.directory / "checkpoints/best.h5"));
}

TEST_CASE("a run stops when a metric has not improved for a while") {
  const ScratchFolder root;
  const run::RunResult still =
      run_of(bowl("steps: 100, stop: {metric: test_distance/length, patience: 3}", "1.0e-30"), {},
             root.path / "still");
  CHECK(still.step == 4);
  CHECK(still.reason == "test_distance/length has not improved on 4.0 of step 1 for 3 measurements");
  // 2, 1, 0.5, 0.25, 0.125, 0.0625: 0.25 is better than 1 by more than 0.6, and the two behind it are not.
  const run::RunResult slow =
      run_of(bowl("steps: 100, stop: {metric: test_distance/length, patience: 2, min_delta: 0.6}"), {},
             root.path / "slow");
  CHECK(slow.step == 6);
  CHECK_THAT(slow.reason, Contains("has not improved on 0.25 of step 4"));
  const run::RunResult patient =
      run_of(bowl("steps: 8, stop: {metric: test_distance/length, patience: 3}"), {}, root.path);
  CHECK(patient.step == 8);
  CHECK(patient.reason.empty());
}

TEST_CASE("a diverged run says when and what, and logs nothing behind that step") {
  const ScratchFolder root;
  // The square of the second step's point overflows.
  const std::string rate = sizeof(Scalar) == sizeof(double) ? "1.0e+200" : "1.0e+25";
  const run::RunResult result = run_of(bowl("steps: 100", rate), {}, root.path);
  CHECK(result.status == runlog::RunStatus::diverged);
  CHECK(result.step == 2);
  CHECK(result.reason == "diverged at step 2: loss 'quadratic' is inf");
  CHECK(state_without_costs(result.directory) == runlog::RunState{runlog::RunStatus::diverged, 2,
                                                                  result.reason,
                                                                  std::vector<std::string>{result.reason}});
  const runlog::LogReader log(result.directory / "log.h5");
  CHECK(log.steps("train") == std::vector<std::int64_t>{1});
  CHECK(log.steps("train.test_distance") == std::vector<std::int64_t>{1});
  CHECK(log.attributes().find("status")->text() == "diverged");
  CHECK(log.verify().empty());
  CHECK(!fs::exists(result.directory / "checkpoints/final.h5"));
  // It is no result, so it is not taken for one.
  CHECK_THAT(error_of([&] { run_of(bowl("steps: 100", rate), {}, root.path); }),
             Contains("which diverged at step 2") && Contains("--fresh") && Contains("diverges again") &&
                 Contains("learning rate") && !Contains("descent resume"));
}

TEST_CASE("a parameter that is no longer finite is named") {
  const ScratchFolder root;
  const run::RunResult result = run_of(bowl("steps: 100", "1.0e+308"), {}, root.path);
  CHECK(result.status == runlog::RunStatus::diverged);
  CHECK(result.reason == "diverged at step 1: parameter 'point.value' is no longer finite");
}

TEST_CASE("a run that is told to stop ends in order after its step") {
  const ScratchFolder root;
  std::atomic<bool> stop = false;
  run::RunOptions options;
  options.stop = &stop;
  options.say = [&](const std::string& line) { stop = stop || line.starts_with("step 5:"); };
  const run::RunResult result = run_of(bowl("steps: 100"), options, root.path);
  CHECK(result.status == runlog::RunStatus::stopped);
  CHECK(result.step == 5);
  CHECK(result.reason == "stopped by a signal at step 5");
  CHECK(runlog::read_status(result.directory)->status == runlog::RunStatus::stopped);
  CHECK(runlog::LogReader(result.directory / "log.h5").steps("train").back() == 5);
  CHECK(fs::exists(result.directory / "checkpoints/final.h5"));
}

TEST_CASE("progress is shown at the end") {
  const ScratchFolder root;
  run::RunOptions options;
  run::Progress last;
  options.progress = [&](const run::Progress& progress) { last = progress; };
  run_of(bowl("steps: 3"), options, root.path);
  CHECK(last.step == 3);
  CHECK(last.total_steps == 3);
  REQUIRE(last.objectives.size() == 1);
  CHECK(last.objectives[0] == std::pair<std::string, double>("point", 0.5));
}

TEST_CASE("a failure of a plugin in the middle of a run ends it as failed, with its name") {
  const ScratchFolder root;
  const run::RunResult result = run_of(
      "name: wrong\nmodel: {plugin: test_point, start: {x: [1], y: [1]}}\n"
      "loss: {plugin: test_mistaken_game, mistake: twice, from: 2}\noptimizer: sgd\ntrainer: {steps: 3}\n",
      {}, root.path);
  CHECK(result.status == runlog::RunStatus::failed);
  CHECK(result.step == 2);
  CHECK_THAT(result.reason, Contains("loss 'test_mistaken_game'") && Contains("twice"));
  CHECK(runlog::read_status(result.directory)->error.size() == 1);
  CHECK(runlog::LogReader(result.directory / "log.h5").closed());
}

TEST_CASE(
    "a slot that overflowed, and stopped its rule, ends the run at the next checkpoint, or at the end") {
  const auto end = [](const std::string& more) {
    const ScratchFolder root;
    return run_of(
        "name: frozen\nmodel: {plugin: test_point, start: {x: [1]}}\n"
        "loss: {plugin: test_quadratic, curvature: " +
            std::string(is_double ? "1.0e+200" : "1.0e+22") +
            "}\noptimizer: test_freezes\n"
            "trainer: {steps: 9}\n" +
            more,
        {}, root.path);
  };
  const run::RunResult last = end("");
  CHECK(last.status == runlog::RunStatus::diverged);
  CHECK(last.reason ==
        "diverged at step 9: the optimizer's 1_test_freezes.squares of the parameter 'x.vector' is no longer "
        "finite");
  CHECK(end("checkpoint: {every: 4}\n").step == 4);
}

TEST_CASE("a metric may compare with a finished run") {
  const ScratchFolder root;
  const run::RunResult first = run_of(bowl("steps: 2"), {}, root.path / "first");
  const std::string compared =
      "name: compared\nplugins: [" + std::string(DESCENT_BINARY_DIR) + "/tests/plugins]\n" +
      "model: {plugin: point, start: [4]}\nloss: quadratic\ntrainer: {steps: 3}\n"
      "optimizer: {plugin: sgd, learning_rate: 0.5}\nmetrics: [{plugin: test_distance, reference: ";
  // There the bowl's point is 1, here it is 0.5.
  const run::RunResult second = run_of(compared + first.directory.string() + "}]\n", {}, root.path);
  REQUIRE(second.findings.size() == 2);
  CHECK(second.findings[1].measure == "distance");
  CHECK(second.findings[1].value == 0.5);
  CHECK_THAT(error_of([&] { run_of(compared + root.path.string() + "/none}]\n", {}, root.path / "other"); }),
             Contains("test.yaml:7:11: ") && Contains("/none is no finished run"));
}

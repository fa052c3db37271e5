#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>

#include "descent/run/run.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
#include "support/experiment_text.hpp"
#include "support/log_content.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

run::RunResult run_of(const std::string& yaml, const fs::path& root, run::RunOptions options = {}) {
  options.root = root;
  return run::run_experiment(experiment_of(yaml), test_registry(), options);
}

run::RunResult go_on(const fs::path& directory, const run::ResumeOptions& resume = {}) {
  return run::resume_run(directory, test_registry(), resume, {});
}

// A few matrices and vectors, so that every optimizer has something to move.
std::string classifier(const std::string& optimizer, int steps) {
  return "{name: twice, dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 10}, "
         "model: {plugin: mlp, network: {hidden: [5], activation: tanh}}, loss: cross_entropy, optimizer: " +
         optimizer + ", trainer: {batch_size: 16, steps: " + std::to_string(steps) +
         "}, metrics: [{plugin: objective, every: 4}, {plugin: accuracy}], log: {optimizer: {every: 3}, "
         "tensors: [{values: \"*\", every: 5}]}}";
}

std::string chain_with(const LoadedPlugin& plugin) {
  const std::string& name = plugin.info().name;
  const bool steps_itself = [&] {
    for (const std::string& option : plugin.options().names())
      if (option == "learning_rate") return true;
    return false;
  }();
  const std::string rule = "{plugin: " + name + ", fallback: {plugin: sgd, learning_rate: 0.01}}";
  const std::string plain = steps_itself ? name : "[" + name + ", {plugin: sgd, learning_rate: 0.01}]";
  try {
    training_of(classifier(plain, 1));
    return plain;
  } catch (const Error&) {  // it refuses vectors
    return rule;
  }
}

}  // namespace

TEST_CASE("2n steps are n steps, a break, and n steps: for every optimizer there is") {
  int optimizers = 0;
  for (const PluginInfo& plugin : test_registry().plugins()) {
    if (plugin.kind != PluginKind::optimizer || plugin.name.starts_with("test_")) continue;
    const std::string chain = chain_with(test_registry().load(PluginKind::optimizer, plugin.name));
    CAPTURE(chain);
    const ScratchFolder root;
    const run::RunResult whole = run_of(classifier(chain, 14), root.path / "whole");
    const run::RunResult half = run_of(classifier(chain, 7), root.path / "half");
    REQUIRE(half.status == runlog::RunStatus::done);
    const run::RunResult rest = go_on(half.directory, {.overrides = {"trainer.steps=14"}});
    CHECK(rest.step == 14);
    CHECK(first_difference(content_of(rest.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
          "");
    REQUIRE(rest.findings.size() == whole.findings.size());
    for (std::size_t i = 0; i < rest.findings.size(); ++i)
      CHECK(rest.findings[i].value == whole.findings[i].value);
    ++optimizers;
  }
  CHECK(optimizers >= 25);
}

TEST_CASE(
    "2n steps are n steps, a break, and n steps: with transforms, and with layers that draw or keep "
    "vectors") {
  const auto experiment = [](int steps) {
    return fmt::format(
        "{{name: augmented, dataset: {{plugin: glyphs, pixels: 8, examples: 50, test_examples: 10, "
        "transforms: [{{crop: "
        "2}}, flip, dequantize, {{noise: 0.1}}, standardize]}}, model: {{plugin: mlp, network: {{layers: "
        "[diff_augment, "
        "noise, {{linear: {{outputs: 12, spectral_norm: true}}}}, minibatch_stddev, {{maxout: {{units: 6, "
        "spectral_norm: "
        "true}}}}]}}}}, loss: cross_entropy, optimizer: [{{plugin: sgd, learning_rate: 0.05}}, ema], "
        "trainer: {{batch_size: "
        "16, steps: {}, validation: 5}}, metrics: [{{plugin: objective, every: 4}}, {{plugin: accuracy, "
        "split: "
        "validation}}]}}",
        steps);
  };
  const ScratchFolder root;
  const run::RunResult whole = run_of(experiment(14), root.path / "whole");
  const run::RunResult half = run_of(experiment(7), root.path / "half");
  REQUIRE(half.status == runlog::RunStatus::done);
  const run::RunResult rest = go_on(half.directory, {.overrides = {"trainer.steps=14"}});
  CHECK(rest.step == 14);
  CHECK(first_difference(content_of(rest.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
}

static const std::string bowl = R"(
name: bowl
model: {plugin: test_point, start: {x: [4]}}
loss: test_quadratic
optimizer: {plugin: sgd, learning_rate: 0.1, momentum: 0.5}
trainer: {steps: 20}
metrics: [{plugin: test_distance, every: 6}]
checkpoint: {every: 5, best: test_distance/length}
)";

// Swings around the minimum, so that the best state is seldom the last one.
static std::string swinging(std::int64_t steps, const std::string& stop = "") {
  return fmt::format(R"(
name: swinging
model: {{plugin: test_point, start: {{x: [4]}}}}
loss: test_quadratic
optimizer: {{plugin: sgd, learning_rate: 0.3, momentum: 0.95}}
trainer: {{steps: {}{}}}
metrics: [{{plugin: test_distance, every: 4}}]
checkpoint: {{every: 10, keep: 2, best: test_distance/length}}
)",
                     steps, stop);
}

TEST_CASE("what is measured only because a run ends leaves no trace in the run that goes on") {
  const std::string stop = ", stop: {metric: test_distance/length, patience: 5}";
  const auto step_of = [](const run::RunResult& result, const std::string& name) {
    const fs::path file = result.directory / "checkpoints" / name;
    return fs::exists(file) ? runlog::CheckpointReader(file).integers("step").at(0) : 0;
  };
  for (const std::string& more : {std::string(), stop}) {
    const ScratchFolder root;
    const run::RunResult whole = run_of(swinging(60, more), root.path / "whole");
    CHECK((whole.step < 60) == !more.empty());
    for (std::int64_t steps = 1; steps < 60; ++steps) {
      INFO(steps << more);
      const run::RunResult first = run_of(swinging(steps, more), root.path / std::to_string(steps));
      if (steps > 8) CHECK(fs::exists(first.directory / "checkpoints/best.h5"));
      const run::RunResult rest = go_on(first.directory, {.overrides = {"trainer.steps=60"}});
      CHECK(rest.step == whole.step);
      CHECK(rest.reason == whole.reason);
      CHECK(step_of(rest, "best.h5") == step_of(whole, "best.h5"));
      CHECK(step_of(rest, "best_before_the_end.h5") == step_of(whole, "best_before_the_end.h5"));
      CHECK(first_difference(content_of(rest.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
            "");
    }
  }
}

TEST_CASE("a run that was to get more steps and cannot stays what it was") {
  const ScratchFolder root;
  const run::RunResult half = run_of(bowl, root.path);
  const double length =
      runlog::LogReader(half.directory / "log.h5").column("train.test_distance", "length").at(1);
  flip(half.directory / "log.h5", bytes_of(length));
  CHECK_THROWS_AS(go_on(half.directory, {.overrides = {"trainer.steps=40"}}), Error);
  CHECK(runlog::CheckpointReader(half.directory / "checkpoints/final.h5").integers("step").at(0) == 20);
}

TEST_CASE("checkpoints that a run leaves when it is stopped are no more than it keeps") {
  const ScratchFolder root;
  run::RunOptions options;
  std::atomic<bool> stop = true;
  options.stop = &stop;
  fs::path directory = run_of(swinging(60), root.path, options).directory;
  for (int i = 0; i < 7; ++i) resume_run(directory, test_registry(), {}, options);
  const auto kept = std::count_if(
      fs::directory_iterator(directory / "checkpoints"), fs::directory_iterator(),
      [](const fs::directory_entry& entry) { return entry.path().filename().string().starts_with("step_"); });
  CHECK(kept == 2);
}

TEST_CASE("a run that was stopped goes on to the same end") {
  const ScratchFolder root;
  const run::RunResult whole = run_of(bowl, root.path / "whole");
  std::atomic<bool> stop = true;
  run::RunOptions options;
  options.stop = &stop;
  const run::RunResult stopped = run_of(bowl, root.path / "stopped", options);
  CHECK(stopped.status == runlog::RunStatus::stopped);
  CHECK(stopped.step == 1);
  const double seconds = runlog::read_status(stopped.directory)->training_seconds;
  CHECK(seconds > 0);
  const run::RunResult rest = go_on(stopped.directory);
  CHECK(rest.status == runlog::RunStatus::done);
  // Of both parts together.
  CHECK(runlog::read_status(rest.directory)->training_seconds > seconds);
  CHECK(first_difference(content_of(rest.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
  CHECK(runlog::read_status(rest.directory)->status == runlog::RunStatus::done);
  CHECK(go_on(rest.directory).already_done);
}

TEST_CASE("a run that is told to pause where it already is takes no further step") {
  const ScratchFolder root;
  const run::RunResult whole = run_of(bowl, root.path / "whole");
  run::RunOptions options;
  options.until = 8;
  const run::RunResult paused = run_of(bowl, root.path / "paused", options);
  REQUIRE(paused.status == runlog::RunStatus::stopped);
  REQUIRE(paused.step == 8);
  // Killed when its checkpoint was there, and its status not yet.
  runlog::write_status(paused.directory, {runlog::RunStatus::running, 5});
  const run::RunResult again = run::resume_run(paused.directory, test_registry(), {}, options);
  CHECK(again.status == runlog::RunStatus::stopped);
  CHECK(again.step == 8);
  CHECK(go_on(paused.directory).status == runlog::RunStatus::done);
  CHECK(first_difference(content_of(paused.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
}

TEST_CASE("a run that is killed while it is to get more steps is not done") {
  const ScratchFolder root;
  const run::RunResult whole = run_of(bowl, root.path / "whole");
  std::string fewer = bowl;
  fewer.replace(fewer.find("steps: 20"), 9, "steps: 8");
  const run::RunResult killed = run_of(fewer, root.path / "killed");
  REQUIRE(killed.step == 8);
  // Killed when the experiment was frozen anew, and the log was not yet built anew.
  fs::copy(whole.directory / "experiment.yaml", killed.directory / "experiment.yaml",
           fs::copy_options::overwrite_existing);
  CHECK_THAT(error_of([&] { run_of(bowl, root.path / "killed"); }), Contains("descent resume"));
  CHECK(go_on(killed.directory).step == 20);
  CHECK(first_difference(content_of(killed.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
  CHECK(go_on(killed.directory).already_done);
}

TEST_CASE("a checkpoint is written when it is asked for") {
  const ScratchFolder root;
  std::atomic<bool> checkpoint = true;
  run::RunOptions options;
  options.checkpoint = &checkpoint;
  const run::RunResult result =
      run_of("{name: asked, model: point, loss: quadratic, optimizer: sgd, trainer: {steps: 3}}", root.path,
             options);
  CHECK_FALSE(checkpoint);
  CHECK(fs::exists(result.directory / "checkpoints/step_00000001.h5"));
}

TEST_CASE("the state is kept whenever a measure is better than ever") {
  const ScratchFolder root;
  const run::RunResult result = run_of(bowl, root.path);
  CHECK(fs::exists(result.directory / "checkpoints/best.h5"));
  CHECK_THAT(error_of([&] {
               std::string wrong = bowl;
               wrong.replace(wrong.find("test_distance/length"), 20, "test_distance/lenth ");
               run_of(wrong, root.path / "wrong");
             }),
             Contains("checkpoint.best") && Contains("test_distance/length"));
}

TEST_CASE("what does not fit is refused, with what differs") {
  const ScratchFolder root;
  const run::RunResult result = run_of(bowl, root.path);
  const fs::path directory = result.directory;
  const auto refusal = [&](const run::ResumeOptions& resume = {.overrides = {"trainer.steps=30"}}) {
    return error_of([&] { go_on(directory, resume); });
  };
  CHECK_THAT(refusal({.overrides = {"trainer.batch_size=2"}}), Contains("trainer.steps=N"));
  CHECK_THAT(refusal({.overrides = {"trainer.steps=10"}}), Contains("raised"));
  CHECK_THAT(error_of([&] { go_on(root.path); }), Contains("is no run"));

  const auto damage = [&](const std::string& name) {
    std::fstream file(directory / "checkpoints" / name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-200, std::ios::end);
    file << std::string(100, 'x');
  };
  SECTION("another experiment") {
    std::ifstream file(directory / "experiment.yaml");
    std::string text(std::istreambuf_iterator<char>(file), {});
    text.replace(text.find("0.1"), 3, "0.2");
    std::ofstream(directory / "experiment.yaml") << text;
    CHECK_THAT(refusal(), Contains("it differs from its checksum"));
    std::ofstream(directory / "experiment.yaml") << text.substr(0, text.find("# crc32c"));
    CHECK_THAT(refusal(), Contains("another experiment") && Contains("final.h5"));
  }
  SECTION("damaged checkpoints, and older ones are taken") {
    damage("final.h5");
    const run::RunResult longer = go_on(directory, {.overrides = {"trainer.steps=30"}});
    CHECK(longer.status == runlog::RunStatus::done);
    std::ifstream events(directory / "events.jsonl");
    const std::string text(std::istreambuf_iterator<char>(events), {});
    CHECK_THAT(text, Contains("final.h5") && Contains("damaged"));
  }
  SECTION("damaged checkpoints, and the good ones stay") {
    const auto step_of = [&](const std::string& name) {
      return runlog::CheckpointReader(directory / "checkpoints" / name).integers("step").at(0);
    };
    const auto pause_at_16 = [&] {
      run::RunOptions options;
      options.until = 16;
      run::resume_run(directory, test_registry(), {.overrides = {"trainer.steps=30"}}, options);
    };
    damage("final.h5");
    damage("best.h5");
    damage("best_before_the_end.h5");
    SECTION("the one that is gone on from") {
      pause_at_16();
      CHECK(step_of("step_00000015.h5") == 15);
    }
    SECTION("a damaged one that is passed again") {
      damage("step_00000015.h5");
      pause_at_16();
      CHECK(step_of("step_00000015.h5") == 15);
      CHECK(step_of("step_00000010.h5") == 10);
    }
    CHECK(step_of("final.h5") == 16);
  }
  SECTION("a log that holds less than was saved") {
    fs::remove(directory / "log.h5");
    CHECK_THAT(refusal(), Contains("rows that the log has not: 20 of the 20 rows of metrics/train"));
  }
  CHECK(runlog::read_status(directory).has_value());
}

TEST_CASE("a run that was killed before it had an experiment is begun as if nothing was there") {
  const ScratchFolder root;
  fs::create_directories(root.path / "bowl/seed=1");
  std::ofstream(root.path / "bowl/seed=1/.lock") << "descent 1\n";
  std::ofstream(root.path / "bowl/seed=1/experiment.yaml.part") << "name";
  CHECK_THAT(error_of([&] { go_on(root.path / "bowl/seed=1"); }), Contains("descent run"));
  CHECK(run_of(bowl, root.path).status == runlog::RunStatus::done);
}

TEST_CASE(
    "a last measurement that fails loses nothing of the training, and is made by the run that goes on") {
  const ScratchFolder root;
  std::string yaml = bowl;  // measured at the end alone
  yaml.replace(yaml.find(", every: 6"), 10, "");
  run::RunOptions options;
  options.worth_saving_seconds = 0;
  const run::RunResult whole = run_of(yaml, root.path / "whole", options);
  CHECK(whole.status == runlog::RunStatus::done);
  CHECK_FALSE(fs::exists(whole.directory / "checkpoints/step_00000020.h5"));

  setenv("DESCENT_TEST_METRIC_BREAKS", "1", 1);
  const run::RunResult broken = run_of(yaml, root.path / "broken", options);
  CHECK(broken.status == runlog::RunStatus::failed);
  CHECK(fs::exists(broken.directory / "checkpoints/step_00000020.h5"));
  CHECK(go_on(broken.directory).status == runlog::RunStatus::failed);
  unsetenv("DESCENT_TEST_METRIC_BREAKS");
  const run::RunResult again = go_on(broken.directory);
  CHECK(again.status == runlog::RunStatus::done);
  CHECK(again.step == 20);
  CHECK_FALSE(fs::exists(again.directory / "checkpoints/step_00000020.h5"));
  CHECK(first_difference(content_of(again.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
}

TEST_CASE("rows that are lost although a checkpoint is whole are given up only where that is accepted") {
  const ScratchFolder root;
  const run::RunResult whole = run_of(bowl, root.path / "whole");
  run::RunOptions options;
  options.until = 10;
  const fs::path directory = run_of(bowl, root.path / "paused", options).directory;
  fs::remove(directory / "log.h5");
  CHECK_THROWS_WITH(go_on(directory),
                    Contains("--accept-lost-rows") && Contains("10 of the 10 rows of metrics/train"));
  run::ResumeOptions accepting;
  accepting.accept_lost_rows = true;
  const run::RunResult rest = go_on(directory, accepting);
  CHECK(rest.status == runlog::RunStatus::done);
  const runlog::LogReader log(directory / "log.h5"), all(whole.directory / "log.h5");
  CHECK(log.steps("train") == all.steps("train", 10, 10));
  CHECK(log.column("train", "objective") == all.column("train", "objective", 10, 10));
}

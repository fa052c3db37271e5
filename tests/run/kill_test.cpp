#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <random>

#include "descent/run/run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "support/child.hpp"
#include "support/experiment_text.hpp"
#include "support/faults.hpp"
#include "support/log_content.hpp"

// A run is killed, again and again, and gone on with. Its log always opens and holds every row whose flush
// was reported; in the end it is, bit for bit, that of a run that was never killed.

using namespace descent;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

// Dropout, batch normalization, noise, a schedule, checkpoints in the middle of an epoch of partial batches.
const char* const vae = R"(
name: killed
dataset: {plugin: glyphs, pixels: 8, examples: 200, test_examples: 20}
model:
  plugin: vae
  latent: 2
  encoder: {layers: [{linear: 16}, batch_norm, relu, {dropout: 0.2}]}
  decoder: {hidden: [16], activation: tanh}
loss: {plugin: elbo, beta: {schedule: linear, from: 0, to: 1, steps: 100}}
optimizer: {plugin: adam, learning_rate: {schedule: cosine, from: 1.0e-2, to: 0, steps: 300}}
trainer: {batch_size: 32, steps: 300, validation: 20, prefetch: true}
metrics: [{plugin: objective, every: 50}]
log:
  optimizer: {every: 7, per: parameter}
  samples: {every: 100, count: 4}
  tensors: [{values: "encoder.*", every: 40}, {slots: "*first_moment*", every: 90}, {gradients: "*", every: 60, histogram: true}]
checkpoint: {every: 33, best: objective/value}
)";

// Batches without end, and a schedule.
const char* const gan = R"(
name: killed
dataset: gaussian_ring
model: {plugin: gan, generator: {hidden: [16], activation: relu}, discriminator: {hidden: [16], activation: relu}}
loss: [non_saturating, {plugin: l2, weight: 1.0e-4, every: 16}]
optimizer:
  - {plugin: clip_norm, max: 10}
  - {plugin: adam, learning_rate: {schedule: exponential, from: 1.0e-3, rate: 0.99}}
trainer: {batch_size: 32, steps: 300, turns: [{discriminator: 2}, {generator: 1}], prefetch: true}
metrics: [{plugin: mode_coverage, samples: 100, every: 80}]
log: {metrics: {every: 10}, samples: {every: 100, count: 16}, tensors: [{updates: "generator.*", every: 25}]}
checkpoint: {every: 41, keep: 1}
)";

// The same in epochs of 200 points, with batch normalization: checkpoints lie in the middle of them.
const char* const gan_in_epochs = R"(
name: killed
dataset: {plugin: gaussian_ring, samples: 200}
model:
  plugin: gan
  generator: {layers: [{linear: 16}, batch_norm, relu]}
  discriminator: {layers: [{linear: 16}, relu, {dropout: 0.2}]}
loss: non_saturating
optimizer: {plugin: adam, learning_rate: {schedule: warmup, steps: 50, then: 1.0e-3}, beta1: 0.5}
trainer: {batch_size: 32, steps: 120, turns: simultaneous, prefetch: true}
metrics: [{plugin: mode_coverage, samples: 100, every: 30}]
log: {samples: {every: 50, count: 16}, optimizer: {every: 9}}
checkpoint: {every: 25}
)";

// Ends at step 6 of 9, where rows are due for no other reason.
const char* const target = R"(
name: killed
model: {plugin: test_point, start: {x: [4]}}
loss: test_quadratic
optimizer: {plugin: sgd, learning_rate: 0.5}
trainer: {steps: 9, stop: {metric: test_distance/length, target: 0.1}}
metrics: [{plugin: test_distance, every: 2}, {plugin: objective, every: 5}]
log: {metrics: {every: 4}, optimizer: {every: 4}, tensors: [{values: "*", every: 3}]}
checkpoint: {every: 4, best: test_distance/length}
)";

// In three steps, then in ten: what ended the three is none of the ten's.
const char* const longer = R"(
name: killed
dataset: {plugin: glyphs, pixels: 8, examples: 20, test_examples: 5}
model: {plugin: vae, latent: 2, encoder: {hidden: [4]}, decoder: {hidden: [4]}}
loss: elbo
optimizer: {plugin: adam, learning_rate: 1.0e-2}
trainer: {batch_size: 8, steps: 3}
metrics: [{plugin: objective, every: 4}]
log: {metrics: {every: 4}, optimizer: {every: 4}, samples: {every: 4, count: 2}, tensors: [{values: "*", every: 4}]}
)";

// What a child says before the log may become shorter.
const char* const cut = "cut";

fs::path directory_of(const fs::path& root) {
  return root / "killed/seed=1";
}

run::RunResult begin_or_go_on(const std::string& yaml, const fs::path& root) {
  run::RunOptions options;
  options.root = root;
  if (child_directory())
    options.written = [](const std::string& path, std::int64_t rows) {
      std::printf("written %s %ld\n", path.c_str(), static_cast<long>(rows));
      std::fflush(stdout);
    };
  const bool begun = fs::exists(directory_of(root) / "experiment.yaml");
  if (yaml == longer) {
    if (!begun) run_experiment(experiment_of(yaml), test_registry(), options);
    if (child_directory()) {
      std::printf("%s\n", cut);
      std::fflush(stdout);  // it is to be killed
    }
    return run::resume_run(directory_of(root), test_registry(), {.overrides = {"trainer.steps=10"}}, options);
  }
  if (begun) return run::resume_run(directory_of(root), test_registry(), {}, options);
  return run::run_experiment(experiment_of(yaml), test_registry(), options);
}

void train_in_child(const std::string& yaml) {
  const auto root = child_directory();
  if (!root) return;
  const run::RunResult result = begin_or_go_on(yaml, *root);
  std::printf("ended %s\n", text(result.status));
}

/// What was reported as written, the newest of each.
using Reported = std::map<std::string, std::int64_t>;

void note(const std::string& line, Reported& reported) {
  const std::size_t path = line.find(' ') + 1, rows = line.rfind(' ') + 1;
  if (line == cut) reported.clear();
  if (line.starts_with("written "))
    reported[line.substr(path, rows - path - 1)] = std::stol(line.substr(rows));
}

void check_log(const fs::path& root, const Reported& reported) {
  if (!fs::exists(directory_of(root) / "log.h5")) {
    CHECK(reported.empty());
    return;
  }
  // A kill may tear a write between two pages; what was committed is in the journal then.
  const ScratchFolder copy;
  fs::path file = directory_of(root) / "log.h5";
  if (!runlog::log_is_whole(directory_of(root))) {
    for (const char* name : {"log.h5", "log.journal"})
      fs::copy_file(directory_of(root) / name, copy.path / name);
    runlog::repair_log(copy.path);
    file = copy.path / "log.h5";
  }
  const runlog::LogReader log(file);
  CHECK(log.verify() == std::vector<std::string>{});
  for (const auto& [path, rows] : reported) {
    INFO(path);
    if (path.starts_with("metrics/")) CHECK(log.rows(path.substr(8)) >= rows);
    for (const runlog::SeriesInfo& series : log.series())
      if (series.path == path) CHECK(series.snapshots >= rows);
  }
}

LogContent undisturbed(const std::string& yaml) {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  experiment::Experiment experiment = experiment_of(yaml);
  if (yaml == longer) experiment = experiment_of(yaml, {"trainer.steps=10"});
  const run::RunResult result = run::run_experiment(experiment, test_registry(), options);
  REQUIRE(result.status == runlog::RunStatus::done);
  return content_of(result.directory / "log.h5");
}

void check_end(const std::string& yaml, const fs::path& root, const LogContent& expected) {
  CHECK(begin_or_go_on(yaml, root).status == runlog::RunStatus::done);
  const runlog::LogReader log(directory_of(root) / "log.h5");
  CHECK(log.closed());
  CHECK(log.verify() == std::vector<std::string>{});
  CHECK(first_difference(content_of(directory_of(root) / "log.h5"), expected) == "");
}

void kill_at_random(const std::string& yaml, const std::string& child, int times, unsigned seed) {
  const LogContent expected = undisturbed(yaml);
  REQUIRE(expected.size() > 10);
  std::mt19937 random(seed);
  std::optional<ScratchFolder> root(std::in_place);
  for (int killed = 0; killed < times;) {
    Child process(child, root->path);
    Reported reported;
    const int lines = std::uniform_int_distribution(0, 60)(random);
    bool ended = false;
    for (int i = 0; i < lines && !ended; ++i) {
      const auto line = process.line();
      ended = !line || line->starts_with("ended");
      if (line) note(*line, reported);
    }
    usleep(std::uniform_int_distribution<useconds_t>(0, 3000)(random));
    process.kill();
    while (const auto line = process.line()) note(*line, reported);
    const int code = process.wait();
    REQUIRE((code == 0 || code == -SIGKILL));
    check_log(root->path, reported);
    ++killed;
    if (!ended && killed < times) continue;
    check_end(yaml, root->path, expected);
    root.emplace();
  }
}

// Just before every call in turn that puts something on the disk, and again in each of the runs that go on.
void kill_in_every_phase(const std::string& yaml, const std::string& child, int stride,
                         const char* calls = "names") {
  const LogContent expected = undisturbed(yaml);
  int kills = 0;
  for (int call = 1;; call += stride) {
    const ScratchFolder root;
    CAPTURE(call);
    FaultInjector faults(root.path);
    Reported reported;
    bool killed = false;
    for (int attempt = 0; attempt < 3; ++attempt) {
      Child process(child, root.path, faults.environment({.action = "kill", .at = call, .calls = calls}));
      while (const auto line = process.line()) note(*line, reported);
      const int code = process.wait();
      REQUIRE((code == 0 || code == -SIGKILL));
      killed = code != 0;
      if (!killed) break;
      ++kills;
      check_log(root.path, reported);
      reported.clear();  // what lies behind the checkpoint is written anew
    }
    check_end(yaml, root.path, expected);
    if (!killed) break;
  }
  CHECK(kills >= 3);
}

}  // namespace

TEST_CASE("child: train a vae", "[.]") {
  train_in_child(vae);
}
TEST_CASE("child: train a gan", "[.]") {
  train_in_child(gan);
}

TEST_CASE("child: train a gan in epochs", "[.]") {
  train_in_child(gan_in_epochs);
}
TEST_CASE("child: reach a target", "[.]") {
  train_in_child(target);
}
TEST_CASE("child: train and then longer", "[.]") {
  train_in_child(longer);
}

TEST_CASE("a run killed at random moments ends as if it had never been") {
  kill_at_random(vae, "child: train a vae", 6, 1);
  kill_at_random(gan, "child: train a gan", 6, 2);
  kill_at_random(gan_in_epochs, "child: train a gan in epochs", 4, 5);
}

TEST_CASE("a run killed at a hundred random moments ends as if it had never been", "[slow]") {
  kill_at_random(vae, "child: train a vae", 100, 3);
  kill_at_random(gan, "child: train a gan", 100, 4);
  kill_at_random(gan_in_epochs, "child: train a gan in epochs", 100, 6);
}

TEST_CASE("a run killed before any of its calls that touch the disk ends as if it had never been") {
  if (sanitized) return;  // the sanitizer wants to be the first library
  kill_in_every_phase(gan, "child: train a gan", 9);
}

TEST_CASE(
    "a run killed while it ends early, or while it is to get more steps, ends as if it had never been") {
  if (sanitized) return;
  kill_in_every_phase(target, "child: reach a target", 1);
  kill_in_every_phase(longer, "child: train and then longer", 1);
}

TEST_CASE("a run killed before each of its calls that touch the disk ends as if it had never been",
          "[slow]") {
  if (sanitized) return;
  kill_in_every_phase(vae, "child: train a vae", 1);
  kill_in_every_phase(gan, "child: train a gan", 1);
  kill_in_every_phase(gan_in_epochs, "child: train a gan in epochs", 1);
}

TEST_CASE("a run killed in the middle of writing a file ends as if it had never been", "[slow]") {
  if (sanitized) return;
  kill_in_every_phase(vae, "child: train a vae", 97, "writes");
  kill_in_every_phase(longer, "child: train and then longer", 7, "writes");
}

#include <catch2/catch.hpp>

#include "analysis/example_runs.hpp"
#include "descent/analysis/comparison.hpp"
#include "descent/analysis/difference.hpp"
#include "descent/analysis/plugin_check.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/run/verify_run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// Noise makes the seeds differ.
const std::string noisy = R"(name: noisy
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 20}
metrics:
  - {plugin: objective, every: 5}
log: {metrics: {every: 1}}
)";

double last_of(const fs::path& run) {
  return runlog::LogReader(run / "log.h5").column("train.objective", "value").back();
}

}  // namespace

TEST_CASE("runs are grouped by what differs, and compared by means over seeds") {
  const ScratchFolder folder;
  std::vector<fs::path> slow, fast;
  for (const char* seed : {"seed=1", "seed=2", "seed=3"}) {
    slow.push_back(run_in(folder.path, noisy, {seed}));
    fast.push_back(run_in(folder.path, noisy, {seed, "optimizer.learning_rate=0.05"}));
  }
  run_in(folder.path, noisy, {"optimizer.learning_rate=1e30"});
  // What is logged changes no result, and makes no group.
  run_in(folder.path, noisy, {"seed=4", "log.metrics.every=2"});

  const analysis::Comparison comparison = analysis::compare_runs(analysis::find_runs(folder.path));
  CHECK(comparison.runs == 8);
  CHECK(comparison.diagnostics.empty());
  CHECK(comparison.options == std::vector<std::string>{"optimizer.learning_rate"});
  REQUIRE(comparison.groups.size() == 3);
  CHECK(comparison.groups[0].option_texts == std::vector<std::string>{"0.01"});
  CHECK(comparison.groups[0].seeds == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(comparison.groups[1].seeds == std::vector<std::int64_t>{1, 2, 3});
  CHECK(comparison.groups[2].diverged == 1);
  REQUIRE(comparison.metrics.size() == 1);
  const analysis::MetricComparison& metric = comparison.metrics.front();
  CHECK(metric.name == "train.objective/value");
  CHECK(metric.direction == "lower");
  REQUIRE(metric.results.size() == 3);
  CHECK(metric.results[0].is_best);
  CHECK(metric.results[0].group == 1);
  CHECK(metric.results[0].statistics.count == 3);
  const double mean = (last_of(fast[0]) + last_of(fast[1]) + last_of(fast[2])) / 3;
  CHECK(metric.results[0].statistics.mean == Approx(mean));
  CHECK(metric.results[0].statistics.standard_deviation.value() > 0);
  CHECK_FALSE(metric.results[1].is_best);
  CHECK(metric.results[1].statistics.count == 4);
  // Nothing counts of a run that diverged.
  CHECK(metric.results[2].group == 2);
  CHECK(metric.results[2].statistics.count == 0);
  CHECK_FALSE(metric.results[2].is_best);
}

TEST_CASE("groups are made by the key paths that are asked for") {
  const ScratchFolder folder;
  run_in(folder.path, noisy, {"optimizer.learning_rate=0.02"});
  run_in(folder.path, noisy, {"optimizer.learning_rate=0.02", "optimizer.momentum=0.5"});
  run_in(folder.path, noisy, {"optimizer={plugin: adam, learning_rate: 0.02}"});
  const std::vector<fs::path> runs = analysis::find_runs(folder.path);
  const auto groups_by = [&](std::vector<std::string> by) {
    analysis::ComparisonRequest request;
    request.by = std::move(by);
    return analysis::compare_runs(runs, request).groups.size();
  };
  CHECK(analysis::compare_runs(runs).groups.size() == 3);
  CHECK(groups_by({"optimizer.plugin"}) == 2);
  CHECK(groups_by({"momentum"}) == 3);  // adam has none
  CHECK(groups_by({"optimizer"}) == 3);
  CHECK(groups_by({"learning_rate"}) == 1);
  CHECK_THROWS_WITH(groups_by({"optimizer.momentun"}), Contains("did you mean 'optimizer.momentum'?"));
}

TEST_CASE("the best value of each run, and what runs that are not done have reached, count when asked for") {
  const ScratchFolder folder;
  const fs::path run = run_in(folder.path, noisy);
  killed_copy(run_in(folder.path, noisy, {"seed=2"}), folder.path / "copy" / "seed=2");
  fs::remove_all(folder.path / "noisy" / "seed=2");
  const std::vector<fs::path> runs = analysis::find_runs(folder.path);

  const analysis::Comparison last = analysis::compare_runs(runs);
  REQUIRE(last.groups.size() == 1);
  CHECK(last.groups[0].failed == 1);
  CHECK(last.metrics[0].results[0].statistics.count == 1);

  analysis::ComparisonRequest request;
  request.unfinished = true;
  CHECK(analysis::compare_runs(runs, request).metrics[0].results[0].statistics.count == 2);
  request.unfinished = false;
  request.best = true;
  request.metrics = {"train/objective"};
  const std::vector<double> all = runlog::LogReader(run / "log.h5").column("train", "objective");
  CHECK(analysis::compare_runs(runs, request).metrics[0].results[0].statistics.mean ==
        *std::min_element(all.begin(), all.end()));
  request.metrics = {"train/noisy_quadratic/noisy_quadratik"};
  CHECK_THROWS_WITH(analysis::compare_runs(runs, request), Contains("did you mean"));
}

TEST_CASE("a damaged log is told of and counts as failed") {
  const ScratchFolder folder;
  run_in(folder.path, noisy);
  const fs::path damaged = run_in(folder.path, noisy, {"seed=2"});
  damage_number(damaged / "log.h5", last_of(damaged));
  const analysis::Comparison comparison = analysis::compare_runs(analysis::find_runs(folder.path));
  CHECK(comparison.groups[0].failed == 1);
  CHECK(comparison.metrics[0].results[0].statistics.count == 1);
  REQUIRE(comparison.diagnostics.size() == 1);
  CHECK_THAT(comparison.diagnostics[0],
             Contains("seed=2") && Contains("train.objective") && Contains("checksum"));
}

TEST_CASE("two runs differ in what was changed, and from where their numbers part") {
  const ScratchFolder folder;
  const fs::path left = run_in(folder.path, rosenbrock);
  const fs::path same = run_in(folder.path / "again", rosenbrock);
  CHECK(analysis::differences(left, same).empty());

  const fs::path right = run_in(folder.path, rosenbrock, {"optimizer.momentum=0.5", "trainer.steps=40"});
  const std::vector<analysis::Difference> found = analysis::differences(left, right);
  const auto find = [&](const std::string& part, const std::string& key) -> const analysis::Difference* {
    for (const analysis::Difference& one : found)
      if (one.part == part && one.key == key) return &one;
    return nullptr;
  };
  REQUIRE(find("experiment", "optimizer.momentum"));
  CHECK(find("experiment", "optimizer.momentum")->left == Value::of(0.0));
  CHECK(find("experiment", "optimizer.momentum")->right == Value::of(0.5));
  CHECK(find("experiment", "trainer.steps") != nullptr);
  CHECK(find("experiment", "optimizer.learning_rate") == nullptr);
  REQUIRE(find("result", "step"));
  CHECK(find("result", "step")->right == Value::of(40));
  REQUIRE(find("result", "train/objective"));
  // The first update has no momentum yet, and a row's objective is that of the point before its update.
  CHECK(find("result", "train/objective")->first_step == 3);
  for (const analysis::Difference& one : found) CHECK((one.part == "experiment" || one.part == "result"));
}

TEST_CASE("another plugin is a difference, and a library is known by its content") {
  const ScratchFolder folder;
  const fs::path left = run_in(folder.path, rosenbrock);
  const fs::path right = run_in(folder.path, rosenbrock, {"optimizer={plugin: adam}"});
  std::vector<std::string> plugins;
  for (const analysis::Difference& one : analysis::differences(left, right))
    if (one.part == "plugin") plugins.push_back(one.key);
  CHECK(plugins == std::vector<std::string>{"optimizer sgd", "optimizer adam"});
  for (runlog::PluginRow row : runlog::LogReader(left / "log.h5").plugins()) {
    CHECK(analysis::library_now(row) == analysis::LibraryNow::same);
    row.sha256[0] = row.sha256[0] == '0' ? '1' : '0';
    CHECK(analysis::library_now(row) == analysis::LibraryNow::changed);
    row.path = "/no/such/library.so";
    CHECK(analysis::library_now(row) == analysis::LibraryNow::missing);
  }
}

TEST_CASE("runs that differ in the second of two rules of one name are two groups") {
  const ScratchFolder folder;
  std::string clipped = noisy;
  clipped.replace(
      clipped.find("{plugin: sgd, learning_rate: 0.01}"), 34,
      "[{plugin: clip_norm, max: 5}, {plugin: sgd, learning_rate: 0.01}, {plugin: clip_norm, max: LAST}]");
  const std::size_t last = clipped.find("LAST");
  for (const char* most : {"1.0", "0.01"})
    for (const char* seed : {"seed=1", "seed=2"}) {
      std::string experiment = clipped;
      run_in(folder.path / most, experiment.replace(last, 4, most), {seed});
    }
  const analysis::Comparison comparison = analysis::compare_runs(analysis::find_runs(folder.path));
  CHECK(comparison.options == std::vector<std::string>{"optimizer.3_clip_norm.max"});
  REQUIRE(comparison.groups.size() == 2);
  CHECK(comparison.groups[0].option_texts == std::vector<std::string>{"0.01"});
  CHECK(comparison.groups[0].seeds == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("runs that never had a log count as what their status says, and are not called damaged") {
  const ScratchFolder folder;
  const fs::path whole = run_in(folder.path, noisy, {"seed=1"});
  const auto without_log = [&](const char* name, const runlog::RunState& state) {
    fs::create_directory(folder.path / name);
    fs::copy(whole / "experiment.yaml", folder.path / name);
    runlog::write_status(folder.path / name, state);
    return analysis::summarize_run(folder.path / name);
  };
  CHECK(without_log("a", {runlog::RunStatus::failed, 0, "killed by SIGSEGV"}).status ==
        descent::runlog::RunStatus::failed);
  CHECK(without_log("b", {runlog::RunStatus::timeout, 0, "took longer than 3 s"}).reason ==
        "took longer than 3 s");
  CHECK(without_log("c", {runlog::RunStatus::skipped}).status == descent::runlog::RunStatus::skipped);
  CHECK(run::verify_run(folder.path / "a").damage.empty());
  const analysis::Comparison comparison = analysis::compare_runs(analysis::find_runs(folder.path));
  CHECK(comparison.diagnostics.empty());
  REQUIRE(comparison.groups.size() == 1);
  CHECK(comparison.groups[0].failed == 2);
  CHECK(comparison.groups[0].unfinished == 1);
  // A run that took steps had a log: where is it?
  CHECK(without_log("d", {runlog::RunStatus::failed, 7, "out of memory"}).status ==
        descent::runlog::RunStatus::damaged);
}

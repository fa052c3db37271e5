#include "descent/sweep/time_to_target.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

constexpr const char* section = R"(
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {choice: [0.1, 0.2]}}
        - {plugin: adam}
    model.start: {choice: [[0, 0], [1, 1]]}
  seeds: 2
  protocol: {time_to_target: {target: 0.5}}
  objective: objective/value)";

/// A run that played to its last step.
void miss_target(const sweep::FrozenSweep& sweep, const std::string& folder) {
  end_run(sweep, folder, {runlog::RunStatus::done, 1000, {}, {}, 20}, {{990, 0.75}, {1000, 0.7}});
}

/// Steps to the target, at 50 steps a second for sgd and 25 for adam.
///
///                    start [0, 0]       start [1, 1]
///     sgd, 0.1       100, 200           400, never
///     sgd, 0.2       50, diverged       300, 600
///     adam           50, 100            600, failed
sweep::FrozenSweep raced(const std::filesystem::path& root) {
  sweep::FrozenSweep sweep = frozen_sweep(root, section);
  const auto reach = [&](const std::string& optimizer, const std::string& start, int seed,
                         std::int64_t steps) {
    reach_target(sweep, "optimizer=" + optimizer + ",start=" + start + "/seed=" + std::to_string(seed), steps,
                 static_cast<double>(steps) / (optimizer == "adam" ? 25 : 50), 0.5);
  };
  reach("sgd,learning_rate=0.1", "[0,0]", 1, 100);
  reach("sgd,learning_rate=0.1", "[0,0]", 2, 200);
  reach("sgd,learning_rate=0.1", "[1,1]", 1, 400);
  miss_target(sweep, "optimizer=sgd,learning_rate=0.1,start=[1,1]/seed=2");
  reach("sgd,learning_rate=0.2", "[0,0]", 1, 50);
  diverge_run(sweep, "optimizer=sgd,learning_rate=0.2,start=[0,0]/seed=2");
  reach("sgd,learning_rate=0.2", "[1,1]", 1, 300);
  reach("sgd,learning_rate=0.2", "[1,1]", 2, 600);
  reach("adam", "[0,0]", 1, 50);
  reach("adam", "[0,0]", 2, 100);
  reach("adam", "[1,1]", 1, 600);
  end_run(sweep, "optimizer=adam,start=[1,1]/seed=2", {runlog::RunStatus::failed, 3, "killed by signal 11"},
          {});
  return sweep;
}

const sweep::SettingResult& setting_of(const sweep::SweepReport& report, const std::string& folder) {
  for (const sweep::SettingResult& setting : report.settings)
    if (setting.folder == folder) return setting;
  throw std::out_of_range(folder);
}

}  // namespace

TEST_CASE("steps and seconds to the target are those of the runs that reach it", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = raced(folder.path);
  const sweep::SweepResults results = sweep::read_results(sweep);
  const sweep::RunValues steps = sweep::efforts_to_target(sweep, results, sweep::Effort::steps);
  CHECK(steps.direction == "lower");
  CHECK(steps.name == "steps until train.objective/value is 0.5 or less");
  const sweep::SweepReport report = sweep::report_of(sweep, results, steps);
  const sweep::SettingResult& missed = setting_of(report, "optimizer=sgd,learning_rate=0.1,start=[1,1]");
  CHECK(missed.statistics.count == 1);
  CHECK(missed.statistics.mean == 400);
  CHECK(missed.without_value == 1);  // it ended without the target: counted, and in no mean
  CHECK(missed.failed == 0);
  CHECK(setting_of(report, "optimizer=adam,start=[1,1]").failed == 1);
  CHECK(setting_of(report, "optimizer=sgd,learning_rate=0.2,start=[0,0]").diverged == 1);
  CHECK(setting_of(report, "optimizer=adam,start=[0,0]").statistics.mean == 75);
  const sweep::RunValues seconds = sweep::efforts_to_target(sweep, results, sweep::Effort::seconds);
  CHECK(sweep::report_of(sweep, results, seconds).best.front().statistics.mean == 3);  // adam's 2 and 4
  CHECK(seconds.unit == "s");
  // adam ties with sgd 0.1 in what went wrong, and is the quicker in steps.
  CHECK(report.best.front().folder == "optimizer=adam,start=[0,0]");
}

TEST_CASE("performance profiles count problems within a factor of the fastest", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = raced(folder.path);
  const sweep::SweepResults results = sweep::read_results(sweep);
  // On [0, 0] sgd plays with 0.1, which reaches the target with both seeds; on [1, 1] with 0.2.
  //   steps      sgd 100, 200, 300, 600; adam 50, 100, 600, never
  //   seconds    sgd 2, 4, 6, 12; adam 2, 4, 24, never
  const sweep::PerformanceProfiles steps = sweep::performance_profiles(sweep, results, sweep::Effort::steps);
  CHECK(steps.diagnostics == 4);
  CHECK(steps.unfinished == 0);
  REQUIRE(steps.profiles.size() == 2);
  CHECK(steps.profiles[0].optimizer == "sgd");
  CHECK(steps.profiles[0].ratios == std::vector<double>{1, 1, 2, 2});
  CHECK(steps.profiles[1].ratios == std::vector<double>{1, 1, 2});
  CHECK(steps.profiles[0].within(1, 4) == 0.5);
  CHECK(steps.profiles[0].within(1.99, 4) == 0.5);
  CHECK(steps.profiles[0].within(2, 4) == 1);
  CHECK(steps.profiles[1].within(1000, 4) == 0.75);
  // Half of the problems from factor 1 on, the rest from 2 on: (0.5 * 1 + 1 * 2) / 3.
  CHECK(steps.profiles[0].score(4) == Approx(2.5 / 3));
  CHECK(steps.profiles[1].score(4) == Approx((0.5 + 0.75 * 2) / 3));
  const sweep::PerformanceProfiles seconds =
      sweep::performance_profiles(sweep, results, sweep::Effort::seconds);
  CHECK(seconds.profiles[0].ratios == std::vector<double>{1, 1, 1, 1});
  CHECK(seconds.profiles[1].ratios == std::vector<double>{1, 1, 4});
  CHECK(seconds.profiles[0].score(4) == 1);
  CHECK(seconds.profiles[1].score(4) == Approx(0.5));
}

TEST_CASE("problems that some optimizer has not ended are left out of profiles", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = raced(folder.path);
  runlog::write_status(sweep.directory / "optimizer=adam,start=[1,1]/seed=2",
                       {runlog::RunStatus::stopped, 3});
  const sweep::PerformanceProfiles steps =
      sweep::performance_profiles(sweep, sweep::read_results(sweep), sweep::Effort::steps);
  CHECK(steps.diagnostics == 3);
  CHECK(steps.unfinished == 1);
  CHECK(steps.profiles[0].within(2, 3) == 1);
}

TEST_CASE("profiles need a target and optimizers", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep without = frozen_sweep(
      folder.path / "without", "{axes: {optimizer: {choice: [sgd, adam]}}, objective: objective/value}");
  finish_run(without, "optimizer=sgd/seed=1", 1);
  CHECK_THAT(error_of([&] {
               sweep::performance_profiles(without, sweep::read_results(without), sweep::Effort::steps);
             }),
             Contains("has no target"));
  const sweep::FrozenSweep one =
      frozen_sweep(folder.path / "one",
                   "{axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, objective: objective/value, protocol: "
                   "{time_to_target: {target: 0.5}}}");
  CHECK_THAT(
      error_of([&] { sweep::performance_profiles(one, sweep::read_results(one), sweep::Effort::steps); }),
      Contains("no run") && Contains("has measured its objective"));
  reach_target(one, "beta1=0/seed=1", 50, 1, 0.25);
  CHECK_THAT(
      error_of([&] { sweep::performance_profiles(one, sweep::read_results(one), sweep::Effort::steps); }),
      Contains("no axis of the sweep") && Contains("chooses among several"));
}

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "descent/sweep/slurm_arrays.hpp"
#include "slurm_cluster.hpp"
#include "small_sweeps.hpp"
#include "support/log_content.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::Finished;
using testing::ScratchFolder;
using testing::SlurmCluster;
using testing::status_of;
using testing::sweep_in;
namespace fs = std::filesystem;

namespace {

// Some seconds of noise, turns and checkpoints: long enough to be met in the middle.
std::string game(const std::string& sweep) {
  return "dataset: gaussian_ring\n"
         "model: {plugin: gan, generator: {hidden: [16], activation: relu}, "
         "discriminator: {hidden: [16], activation: relu}}\n"
         "loss: non_saturating\n"
         "optimizer: {plugin: adam, learning_rate: 1.0e-3}\n"
         "trainer: {batch_size: 32, steps: 3000, turns: [{discriminator: 2}, {generator: 1}]}\n"
         "metrics: [{plugin: mode_coverage, samples: 100, every: 500}]\n"
         "log: {metrics: {every: 10}, tensors: [{updates: \"generator.*\", every: 500}]}\n"
         "checkpoint: {every: 100}\n" +
         sweep;
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// Generous: other work may have the machine.
bool comes_true(const std::function<bool()>& condition) {
  for (int tries = 0; tries < 6000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

/// A run in the middle, its process halted there.
struct Caught {
  std::string folder;
  pid_t process = 0;
};

/// A run that has its first checkpoint and is going on.
Caught catch_one(const fs::path& sweep, const std::set<std::string>& others) {
  Caught caught;
  comes_true([&] {
    for (const sweep::FrozenRun& run : sweep::read_sweep(sweep).runs) {
      const fs::path directory = sweep / run.folder;
      if (others.contains(run.folder) || !fs::exists(directory / "checkpoints")) continue;
      if (fs::is_empty(directory / "checkpoints") || !sweep::progress_of(directory).held) continue;
      std::istringstream holder(text_of(directory / ".lock"));  // `process 4711 on host`
      std::string word;
      pid_t process = 0;
      if (!(holder >> word >> process) || kill(process, SIGSTOP) != 0) continue;
      caught = {run.folder, process};
      return true;
    }
    return false;
  });
  REQUIRE(!caught.folder.empty());
  REQUIRE(sweep::progress_of(sweep / caught.folder).state.status == runlog::RunStatus::running);
  return caught;
}

sweep::SlurmTask task_of(const fs::path& sweep, const std::string& run) {
  return sweep::slurm_tasks(sweep).at(run);
}

bool is_over(const fs::path& sweep, const std::string& run) {
  return comes_true([&] { return task_of(sweep, run).is_over(); });
}

bool all_done(const fs::path& sweep) {
  const std::vector<sweep::FrozenRun> runs = sweep::read_sweep(sweep).runs;
  return std::all_of(runs.begin(), runs.end(), [&](const sweep::FrozenRun& run) {
    return sweep::progress_of(sweep / run.folder).state.status == runlog::RunStatus::done;
  });
}

void check_equal(const fs::path& sweep, const fs::path& other) {
  for (const sweep::FrozenRun& run : sweep::read_sweep(other).runs) {
    INFO(run.folder);
    const auto content = testing::content_of(other / run.folder / "log.h5");
    CHECK(!content.empty());
    CHECK(testing::first_difference(testing::content_of(sweep / run.folder / "log.h5"), content).empty());
  }
}

bool can_run_slurm() {
  const std::string obstacle = SlurmCluster::obstacle();
  if (!obstacle.empty()) WARN("skipped: " << obstacle);
  return obstacle.empty();
}

}  // namespace

TEST_CASE("Slurm plays a sweep: what it loses is submitted again, and the bits are those of this machine",
          "[sweep][slurm]") {
  if (!can_run_slurm()) return;
  const SlurmCluster cluster;
  const ScratchFolder folder;
  folder.write("game.yaml",
               game("sweep:\n"
                    "  axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3, 1.0e-2]}}\n"
                    "  seeds: 4\n"
                    "  launcher: {slurm: {partition: compute, time: 30, setup: [echo ready]}}\n"));
  const fs::path sweep = folder.path / "runs" / "game";

  const Finished refused = sweep_in(folder, {"game.yaml", "sweep.launcher.slurm.partition=nowhere"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.errors, Contains("sbatch refused") && Contains("invalid partition"));

  // Twelve runs, in arrays of at most eight.
  const Finished first = sweep_in(folder, {"game.yaml"});
  INFO(first.errors);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.output, Contains("8 runs submitted as job") && Contains("4 runs submitted as job"));

  const Caught cancelled = catch_one(sweep, {}), killed = catch_one(sweep, {cancelled.folder});
  CHECK(testing::run_program({"scancel", task_of(sweep, cancelled.folder).job}, folder.path).exit_code == 0);
  CHECK(kill(killed.process, SIGKILL) == 0);
  REQUIRE((is_over(sweep, cancelled.folder) && is_over(sweep, killed.folder)));
  const runlog::RunState stopped = sweep::progress_of(sweep / cancelled.folder).state;
  CHECK(stopped.status == runlog::RunStatus::stopped);
  CHECK(stopped.step > 0);
  CHECK_THAT(status_of(folder), Contains("CANCELLED") && Contains("killed by signal 9"));

  const Finished again = sweep_in(folder, {"game.yaml"});
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.output, Contains("2 runs submitted as job"));
  REQUIRE(comes_true([&] { return all_done(sweep); }));
  REQUIRE(is_over(sweep, killed.folder));

  const Finished last = sweep_in(folder, {"game.yaml"});
  CHECK(last.exit_code == 0);
  CHECK_THAT(last.output, Contains("12 runs: 12 done") && !Contains("submitted"));
  CHECK(sweep_in(folder, {"game.yaml", "--launcher", "local", "--runs", "local"}).exit_code == 0);
  check_equal(sweep, folder.path / "local" / "game");
}

TEST_CASE("a run that Slurm takes its node from goes on where it was", "[sweep][slurm]") {
  if (!can_run_slurm()) return;
  const SlurmCluster cluster;
  const ScratchFolder folder;
  folder.write("game.yaml", game("sweep: {launcher: {slurm: {partition: compute, cpus: 2}}}\n"));
  const fs::path sweep = folder.path / "runs" / "game";
  REQUIRE(sweep_in(folder, {"game.yaml"}).exit_code == 0);
  const Caught caught = catch_one(sweep, {});
  const std::string job = task_of(sweep, caught.folder).job;
  const Finished urgent = testing::run_program(
      {"sbatch", "--partition=urgent", "--cpus-per-task=2", "--output=/dev/null", "--wrap=true"},
      folder.path);
  REQUIRE(urgent.exit_code == 0);
  REQUIRE(comes_true(
      [&] { return sweep::progress_of(sweep / caught.folder).state.status == runlog::RunStatus::stopped; }));
  REQUIRE(comes_true([&] { return task_of(sweep, caught.folder).state == "PENDING"; }));
  CHECK_THAT(status_of(folder), Contains("PENDING (BeginTime)"));
  CHECK_THAT(sweep_in(folder, {"game.yaml"}).output, Contains("1 run waits or is running already"));
  // Slurm lets a requeued job wait for two minutes.
  CHECK(
      testing::run_program({"scontrol", "update", "jobid=" + job, "starttime=now"}, folder.path).exit_code ==
      0);
  REQUIRE(comes_true([&] { return all_done(sweep); }));
  REQUIRE(is_over(sweep, caught.folder));
  CHECK(task_of(sweep, caught.folder).job == job);
  CHECK_THAT(text_of(sweep / "slurm" / "1" / "0.txt"),
             Contains("stopped at step") && Contains("done at step"));
  CHECK(sweep_in(folder, {"game.yaml", "--launcher", "local", "--runs", "local"}).exit_code == 0);
  check_equal(sweep, folder.path / "local" / "game");
}

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "small_sweeps.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::Finished;
using testing::ScratchFolder;
using testing::status_of;
using testing::sweep_in;
namespace fs = std::filesystem;

// What is asked of Slurm's programs, and made of their answers, where others speak in their place.
namespace {

/// A folder of programs that speak like Slurm's. `queue` and `accounting` are what squeue and sacct answer.
class FakeSlurm {
 public:
  FakeSlurm() {
    program("sbatch", "echo \"$@\" >> \"$here/submitted\"; echo '77;cluster'");
    program("squeue", "cat \"$here/queue\"");
    program("scontrol", "echo 'MaxArraySize            = 1001'");
    program("sacct", "cat \"$here/accounting\"");
    folder_.write("queue", "");
    folder_.write("accounting", "");
  }
  void answer(const std::string& file, const std::string& text) { folder_.write(file, text); }
  void refuse() { program("sbatch", "echo 'no such account' >&2; exit 1"); }
  std::vector<std::string> environment() const {
    return {"PATH=" + folder_.path.string() + ":/usr/bin:/bin"};
  }

 private:
  void program(const std::string& name, const std::string& body) {
    const fs::path file = folder_.write(name, "#!/bin/sh\nhere=$(dirname \"$0\")\n" + body + "\n");
    fs::permissions(file, fs::perms::owner_all);
  }
  ScratchFolder folder_;
};

/// What a node does.
Finished play_task(const fs::path& sweep, int array, int task) {
  const fs::path script = sweep / "slurm" / std::to_string(array) / "job.sh";
  // Where an address sanitizer takes the signals for itself, no process would be seen to die of one.
  return testing::run_program({"bash", script.string()}, sweep,
                              {fmt::format("SLURM_ARRAY_TASK_ID={}", task), "ASAN_OPTIONS=handle_segv=0"});
}

std::string short_game() {
  return "model: {plugin: point, start: [-1.2, 1.0]}\nloss: rosenbrock\noptimizer: adam\n"
         "trainer: {steps: 20}\n"
         "sweep:\n"
         "  seeds: 5\n"
         "  launcher: {slurm: {partition: compute, time: '1:00:00', cpus: 3, memory: 4G,\n"
         "                     array_parallelism: 2, setup: [module load hdf5]}}\n";
}

}  // namespace

TEST_CASE("what ended a run's task decides whether it is submitted again", "[sweep][slurm]") {
  FakeSlurm slurm;
  const ScratchFolder folder;
  folder.write("game.yaml", short_game());
  REQUIRE(sweep_in(folder, {"game.yaml"}, slurm.environment()).exit_code == 0);
  const fs::path sweep = folder.path / "runs" / "game";
  const std::string script = (sweep / "slurm" / "1" / "job.sh").string();
  CHECK(testing::content(sweep / "slurm" / "1" / "job.yaml").starts_with("job: \"77\"\n# crc32c "));
  CHECK_THAT(testing::content(script), Contains("#SBATCH --array=0-4%2") && Contains("--partition=compute") &&
                                           Contains("--time=1:00:00") && Contains("--cpus-per-task=3") &&
                                           Contains("--mem=4G") && Contains("\nmodule load hdf5\n"));

  slurm.answer("queue", fmt::format("77|0|OUT_OF_MEMORY|None|{0}\n"
                                    "77|1|TIMEOUT|None|{0}\n"
                                    "77|2|PENDING|Resources|{0}\n"
                                    "12|3|RUNNING|None|{0}\n"  // of a sweep that was here before
                                    "9|N/A|RUNNING|None|(null)\n",
                                    script));
  slurm.answer("accounting", "77_3|CANCELLED by 1000\n");
  CHECK_THAT(status_of(folder, slurm.environment()),
             Contains("Slurm 77_0: OUT_OF_MEMORY") && Contains("Slurm 77_1: TIMEOUT") &&
                 Contains("Slurm 77_2: PENDING (Resources)") && Contains("Slurm 77_3: CANCELLED") &&
                 Contains("Slurm 77_4: gone"));

  const Finished again = sweep_in(folder, {"game.yaml"}, slurm.environment());
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.output, Contains("1 failed") && Contains("1 run waits or is running already") &&
                               Contains("3 runs submitted"));
  CHECK(testing::content(sweep / "slurm" / "2" / "tasks.txt") == "seed=2\nseed=4\nseed=5\n");
  CHECK_THAT(sweep::progress_of(sweep / "seed=1").state.reason, Contains("out of memory"));

  // Where sbatch refuses, nothing is forgotten.
  FakeSlurm refusing;
  refusing.refuse();
  const runlog::RunState failed = sweep::progress_of(sweep / "seed=1").state;
  const Finished refused = sweep_in(folder, {"game.yaml", "--retry", "failed"}, refusing.environment());
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.errors, Contains("no such account"));
  CHECK(sweep::progress_of(sweep / "seed=1").state == failed);

  // What failed is tried again when that is asked for, and not before.
  const Finished retried = sweep_in(folder, {"game.yaml", "--retry", "failed"}, slurm.environment());
  CHECK(retried.exit_code == 0);
  CHECK(testing::content(sweep / "slurm" / "3" / "tasks.txt") == "seed=1\nseed=2\nseed=4\nseed=5\n");
  CHECK(sweep::progress_of(sweep / "seed=1").state.status == runlog::RunStatus::pending);
}

TEST_CASE("a task plays its run, and says how it ended", "[sweep][slurm]") {
  FakeSlurm slurm;
  const ScratchFolder folder;
  folder.write("valley.yaml",
               "model: {plugin: point, start: [-1.2, 1.0]}\nloss: rosenbrock\noptimizer: adam\n"
               "trainer: {steps: 20}\n"
               "sweep:\n"
               "  axes: {optimizer: {choice: [{plugin: test_wrong_ending, ending: {choice: [none, segfault, "
               "exit]}}]}}\n"
               "  launcher: slurm\n");
  const std::string plugins = std::string(DESCENT_BINARY_DIR) + "/tests/plugins";
  REQUIRE(sweep_in(folder, {"valley.yaml", "--plugin-path", plugins}, slurm.environment()).exit_code == 0);
  const fs::path sweep = folder.path / "runs" / "valley";
  for (const auto& [task, code] : std::map<int, int>{{0, 0}, {1, 1}, {2, 1}}) {
    INFO(task);
    CHECK(play_task(sweep, 1, task).exit_code == code);
  }
  const auto state = [&](const std::string& ending) {
    return sweep::progress_of(sweep / ("optimizer=test_wrong_ending,ending=" + ending) / "seed=1").state;
  };
  CHECK(state("none").status == runlog::RunStatus::done);
  CHECK(state("segfault").status == runlog::RunStatus::failed);
  CHECK_THAT(state("segfault").reason, Contains("signal 11"));
  CHECK(state("exit").status == runlog::RunStatus::failed);
  CHECK_THAT(state("exit").reason, Contains("exit code 3"));
  CHECK(play_task(sweep, 1, 0).exit_code == 0);  // requeued after its end: nothing to do
}

TEST_CASE("a task whose setup fails says which line, and its run has failed", "[sweep][slurm]") {
  FakeSlurm slurm;
  const ScratchFolder folder;
  folder.write("valley.yaml",
               "model: {plugin: point, start: [-1.2, 1.0]}\nloss: rosenbrock\noptimizer: adam\n"
               "trainer: {steps: 20}\n"
               "sweep:\n"
               "  seeds: 2\n"
               "  launcher: {slurm: {setup: [export WORD='it is set', 'test \"$WORD\" = \"$WANTED\"']}}\n");
  REQUIRE(sweep_in(folder, {"valley.yaml"}, slurm.environment()).exit_code == 0);
  const fs::path sweep = folder.path / "runs" / "valley";
  const Finished failed = play_task(sweep, 1, 1);
  CHECK(failed.exit_code == 1);
  const std::string reason = "the setup line 'test \"$WORD\" = \"$WANTED\"' failed";
  CHECK_THAT(failed.errors, Contains(reason));
  CHECK(sweep::progress_of(sweep / "seed=2").state == runlog::RunState{runlog::RunStatus::failed, 0, reason});
  REQUIRE(setenv("WANTED", "it is set", 1) == 0);
  CHECK(play_task(sweep, 1, 0).exit_code == 0);
  REQUIRE(unsetenv("WANTED") == 0);
  CHECK(sweep::progress_of(sweep / "seed=1").state.status == runlog::RunStatus::done);
  CHECK(play_task(sweep, 1, 0).exit_code == 1);  // what is done stays done
  CHECK(sweep::progress_of(sweep / "seed=1").state.status == runlog::RunStatus::done);
}

TEST_CASE("halving on a cluster: each call submits what the last one's runs decided", "[sweep][slurm]") {
  FakeSlurm slurm;
  const ScratchFolder folder;
  folder.write("valley.yaml",
               "model: {plugin: point, start: [-1.2, 1.0]}\nloss: rosenbrock\noptimizer: adam\n"
               "trainer: {steps: 40}\nmetrics: [{plugin: objective, every: 10}]\n"
               "sweep:\n"
               "  axes: {optimizer.learning_rate: {min: 1.0e-4, max: 1.0e-1, scale: log}}\n"
               "  method: halving\n  runs: 4\n  objective: objective/value\n"
               "  halving: {first_rung: 10, reduction: 2}\n"
               "  launcher: slurm\n");
  const fs::path sweep = folder.path / "runs" / "valley";
  const std::vector<std::pair<int, const char*>> rungs = {{4, "--until 10"}, {2, "--until 20"}, {1, ""}};
  for (std::size_t call = 0; call < rungs.size(); ++call) {
    INFO(call);
    const auto& [tasks, until] = rungs[call];
    const int array = static_cast<int>(call) + 1;
    const Finished finished = sweep_in(folder, {"valley.yaml"}, slurm.environment());
    REQUIRE(finished.exit_code == 0);
    CHECK_THAT(finished.output, Contains(fmt::format("{} run", tasks) + (tasks == 1 ? " sub" : "s sub")));
    CHECK_THAT(testing::content(sweep / "slurm" / std::to_string(array) / "job.sh"), Contains(until));
    for (int task = 0; task < tasks; ++task) CHECK(play_task(sweep, array, task).exit_code == 0);
  }
  const Finished last = sweep_in(folder, {"valley.yaml"}, slurm.environment());
  CHECK_THAT(last.output, Contains("1 done") && !Contains("submitted"));
}

TEST_CASE("without Slurm's programs the launcher says so", "[sweep][slurm]") {
  const ScratchFolder folder;
  folder.write("game.yaml", short_game());
  const std::vector<std::string> nowhere = {"PATH=" + (folder.path / "nowhere").string()};
  const Finished finished = sweep_in(folder, {"game.yaml"}, nowhere);
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.errors, Contains("cannot start scontrol") && Contains("Slurm's commands"));
  CHECK_THAT(sweep_in(folder, {"game.yaml", "--fail-fast"}, nowhere).errors, Contains("scancel"));
}

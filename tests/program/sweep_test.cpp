#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "descent/runlog/status_file.hpp"
#include "descent/sweep/scheduler.hpp"
#include "run_program.hpp"
#include "support/log_content.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::Finished;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

std::string valley(const std::string& sweep) {
  return "model: {plugin: point, start: [-1.2, 1.0]}\n"
         "loss: {plugin: rosenbrock}\n"
         "optimizer: {plugin: adam, learning_rate: 0.01}\n"
         "trainer: {steps: 20}\n"
         "metrics: [{plugin: objective, every: 10}]\n" +
         sweep;
}

// Long enough to be killed in the middle, with noise, turns and checkpoints.
std::string game(const std::string& sweep) {
  return "dataset: gaussian_ring\n"
         "model: {plugin: gan, generator: {hidden: [16], activation: relu}, "
         "discriminator: {hidden: [16], activation: relu}}\n"
         "loss: non_saturating\n"
         "optimizer: {plugin: adam, learning_rate: 1.0e-3}\n"
         "trainer: {batch_size: 32, steps: 270, turns: [{discriminator: 2}, {generator: 1}]}\n"
         "metrics: [{plugin: mode_coverage, samples: 100, every: 30}]\n"
         "log: {samples: {every: 100, count: 16}, tensors: [{updates: \"generator.*\", every: 25}]}\n"
         "checkpoint: {every: 41}\n" +
         sweep;
}

Finished sweep_in(const ScratchFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {testing::descent_program(), "sweep"});
  return testing::run_program(arguments, folder.path);
}

std::map<std::string, RunState> states_of(const fs::path& sweep) {
  std::map<std::string, RunState> states;
  for (const FrozenRun& run : read_sweep(sweep).runs)
    states[run.folder] = progress_of(sweep / run.folder).state;
  return states;
}

/// A program in a process group of its own, as a terminal starts one.
class Group {
 public:
  Group(const std::vector<std::string>& command, const fs::path& folder) {
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int failure = posix_spawn(&leader_, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw std::runtime_error("cannot start " + command.front());
  }
  void signal(int number) const { ::kill(-leader_, number); }
  /// The leader, and the runs that it plays, each with all that it has started.
  void kill_all() const {
    ::kill(leader_, SIGSTOP);
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", leader_));
    for (pid_t child = 0; children >> child;) ::kill(-child, SIGKILL);
    ::kill(leader_, SIGKILL);
  }
  /// The exit code, or minus the signal that ended it.
  int wait() const {
    int status = 0;
    while (waitpid(leader_, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t leader_ = -1;
};

/// The sweep's processes, killed together at random moments, so often; then the sweep run to its end. Returns
/// how many of the kills met a sweep that was still at work.
int kill_again_and_again(const ScratchFolder& folder, int kills, unsigned seed,
                         const std::string& change = "seed=1") {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> wait(5, 200);
  int met = 0;
  const std::vector<std::string> command = {
      testing::descent_program(), "sweep", "game.yaml", "-j", "2", "--quiet"};
  for (int i = 0; i < kills; ++i) {
    const Group sweep(command, folder.path);
    std::this_thread::sleep_for(std::chrono::milliseconds(wait(random)));
    sweep.kill_all();
    met += sweep.wait() == -SIGKILL ? 1 : 0;
  }
  const Finished end = sweep_in(folder, {"game.yaml", change, "-j", "2"});
  INFO(end.errors << end.output);
  CHECK(end.exit_code == 0);
  return met;
}

void check_same_results(const fs::path& killed, const fs::path& undisturbed) {
  const FrozenSweep sweep = read_sweep(killed), expected = read_sweep(undisturbed);
  REQUIRE(sweep.runs.size() == expected.runs.size());
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    INFO(sweep.runs[run].folder);
    CHECK(sweep.runs[run].identity == expected.runs[run].identity);
    CHECK(progress_of(sweep.directory_of(run)).state.status == RunStatus::done);
    CHECK(testing::first_difference(testing::content_of(sweep.directory_of(run) / "log.h5"),
                                    testing::content_of(expected.directory_of(run) / "log.h5")) == "");
  }
}

const std::map<std::string, std::string> killed_sweeps = {
    {"grid",
     "sweep: {axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}, model.latent: {choice: [2, 4]}}, "
     "seeds: 2}\n"},
    {"random",
     "sweep: {axes: {optimizer.learning_rate: {min: 1.0e-5, max: 1.0e-2, scale: log}}, method: random, "
     "runs: 4, seeds: 2}\n"},
    {"sobol",
     "sweep: {axes: {optimizer.learning_rate: {min: 1.0e-5, max: 1.0e-2, scale: log}}, method: sobol, "
     "runs: 4, seeds: 2}\n"}};

void kill_test(const std::string& method, int kills, const std::string& steps) {
  const ScratchFolder killed, undisturbed;
  killed.write("game.yaml", game(killed_sweeps.at(method)));
  undisturbed.write("game.yaml", game(killed_sweeps.at(method)));
  REQUIRE(sweep_in(undisturbed, {"game.yaml", steps, "-j", "2"}).exit_code == 0);
  CHECK(kill_again_and_again(killed, kills, 7, steps) == kills);
  check_same_results(killed.path / "runs/game", undisturbed.path / "runs/game");
}

}  // namespace

TEST_CASE("a sweep plays every run once, and the same command again plays none", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml", valley("sweep: {axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, seeds: 2, "
                                     "objective: objective/value}\n"));
  const Finished first = sweep_in(folder, {"valley.yaml"});
  INFO(first.errors);
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.output,
             Contains("4 runs, 4 of them new") && Contains("4 runs: 4 done; best objective/value"));
  const fs::path run = folder.path / "runs/valley/beta1=0.5/seed=2";
  const auto before = fs::last_write_time(run / "log.h5");
  const Finished again = sweep_in(folder, {"valley.yaml"});
  CHECK_THAT(again.output, Contains("4 runs, 0 of them new") && Contains("4 done"));
  CHECK(fs::last_write_time(run / "log.h5") == before);
  CHECK(read_status(run)->peak_memory_bytes > 1'000'000);
  CHECK(read_status(run)->training_seconds > 0);
  // A run of a sweep is a run like any other.
  testing::run_program({testing::descent_program(), "run", "valley.yaml", "sweep=null", "seed=2",
                        "optimizer.beta1=0.5", "--runs", "alone"},
                       folder.path);
  CHECK(testing::first_difference(
            testing::content_of(run / "log.h5"),
            testing::content_of(folder.path / "alone/valley/optimizer.beta1=0.5,sweep=null/seed=2/log.h5")) ==
        "");
}

TEST_CASE("two sweeps of one directory share the work", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("game.yaml",
               game("sweep: {axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}}, seeds: 4}\n"));
  const std::vector<std::string> command = {testing::descent_program(), "sweep", "game.yaml", "-j", "1"};
  const Group other(command, folder.path);
  const Finished end = testing::run_program(command, folder.path);
  INFO(end.errors);
  CHECK(end.exit_code == 0);
  CHECK(other.wait() == 0);
  for (const auto& [run, state] : states_of(folder.path / "runs/game")) {
    INFO(run);
    CHECK(state.status == RunStatus::done);
    // Nobody began what another had.
    CHECK(!fs::exists(folder.path / "runs/game" / (run + ".old-1")));
  }
}

TEST_CASE("Ctrl-C stops a sweep in order, and resume goes on with it", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("game.yaml", game("sweep: {axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}}}\n"));
  const Group sweep({testing::descent_program(), "sweep", "game.yaml", "trainer.steps=20000", "-j", "2"},
                    folder.path);
  const fs::path first = folder.path / "runs/game/learning_rate=0.0001/seed=1",
                 second = folder.path / "runs/game/learning_rate=0.001/seed=1";
  // Both are to train: one that has not begun stays pending.
  for (int i = 0; i < 600 && !(fs::exists(first / "checkpoints") && fs::exists(second / "checkpoints")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  sweep.signal(SIGINT);
  CHECK(sweep.wait() == 130);
  for (const auto& [run, state] : states_of(folder.path / "runs/game"))
    CHECK(state.status == RunStatus::stopped);
  const std::int64_t reached = read_status(first)->step;
  const Group again({testing::descent_program(), "resume", "runs/game", "-j", "2"}, folder.path);
  for (int i = 0; i < 600 && read_status(first)->status != RunStatus::running; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  again.signal(SIGTERM);
  CHECK(again.wait() == 143);
  CHECK(read_status(first)->step >= reached);
}

TEST_CASE("a signal that comes with a sweep's first line ends it in order, and what it stopped is counted",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("game.yaml", game("sweep: {seeds: 2}\n"));
  const std::string start =
      "rm -f out; " + testing::descent_program() + " sweep game.yaml trainer.steps=2000000 -j 1 > out & ";
  const auto end_when = [&](const std::string& condition) {
    const Finished shell = testing::run_program(
        {"/bin/sh", "-c", start + "until " + condition + "; do :; done; kill -TERM $!; wait $!; echo $?"},
        folder.path);
    INFO(shell.errors);
    CHECK(shell.output == "143\n");
    const std::string output = testing::content(folder.path / "out");
    CHECK_THAT(output, Contains("directory  runs/game") && !Contains("left"));
    return output;
  };
  end_when("grep -q new out");
  CHECK_THAT(end_when("grep -q new out && ls runs/game/seed=1/checkpoints/*.h5 > /dev/null 2>&1"),
             Contains("2 runs: 1 pending, 1 stopped\n"));
}

TEST_CASE("a sweep that is killed again and again ends with the bits of one that was not",
          "[program][sweep]") {
  kill_test("grid", 3, "trainer.steps=400");
}

TEST_CASE("grids, random and Sobol sweeps survive ten kills each", "[program][sweep][slow]") {
  const std::string method = GENERATE(as<std::string>(), "grid", "random", "sobol");
  INFO(method);
  kill_test(method, 10, "trainer.steps=4000");
}

TEST_CASE("successive halving promotes the best third, and honours its journal after kills",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("game.yaml", game("sweep:\n"
                                 "  axes: {optimizer.learning_rate: {min: 1.0e-5, max: 1.0e-1, scale: log}}\n"
                                 "  method: halving\n"
                                 "  runs: 9\n"
                                 "  halving: {first_rung: 30, reduction: 3}\n"
                                 "  objective: mode_coverage/high_quality\n"));
  kill_again_and_again(folder, 4, 3);
  const fs::path sweep = folder.path / "runs/game";
  std::map<std::string, std::set<std::int64_t>> granted;
  std::ifstream journal(sweep / "journal.jsonl");
  for (std::string line; std::getline(journal, line);) {
    const std::size_t begin = line.find("learning_rate="), end = line.find('"', begin);
    if (end == std::string::npos) continue;  // cut by a kill
    const bool is_new = granted[line.substr(begin, end - begin)]
                            .insert(std::stoll(line.substr(line.find("\"steps\": ") + 9)))
                            .second;
    CHECK(is_new);
  }
  CHECK(granted.size() == 9);
  std::map<std::int64_t, int> ends;
  for (const auto& [run, state] : states_of(sweep)) {
    INFO(run << " " << state.reason);
    const auto& rungs = granted.at(fs::path(run).parent_path().string());
    const std::int64_t last = rungs.contains(0) ? 270 : *rungs.rbegin();
    CHECK(state.step == last);
    CHECK(state.status == (last == 270 ? RunStatus::done : RunStatus::skipped));
    ++ends[last];
  }
  CHECK(ends[270] >= 1);
  CHECK(ends[30] >= 5);
  CHECK_THAT(sweep_in(folder, {"game.yaml"}).output, Contains("not promoted"));
}

TEST_CASE("the deepobs protocol runs the best setting of each optimizer with more seeds",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley("sweep:\n"
                      "  axes:\n"
                      "    optimizer:\n"
                      "      choice:\n"
                      "        - {plugin: sgd, learning_rate: {choice: [1.0e-4, 1.0e-3, 10.0]}}\n"
                      "        - {plugin: adam, learning_rate: {choice: [1.0e-4, 0.1]}}\n"
                      "  protocol: {deepobs: {seeds: 3}}\n"
                      "  objective: objective\n"));
  const Finished end = sweep_in(folder, {"valley.yaml"});
  INFO(end.errors);
  CHECK_THAT(end.output, Contains("9 runs: 8 done, 1 diverged; best objective/value"));
  const auto states = states_of(folder.path / "runs/valley");
  CHECK(states.contains("optimizer=sgd,learning_rate=0.001/seed=3"));
  CHECK(states.contains("optimizer=adam,learning_rate=0.1/seed=3"));
  CHECK(!states.contains("optimizer=adam,learning_rate=0.0001/seed=2"));
  CHECK_THAT(sweep_in(folder, {"valley.yaml"}).output,
             Contains("0 of them new") && Contains("9 runs: 8 done"));
}

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include "descent/runlog/status_file.hpp"
#include "process_group.hpp"
#include "small_sweeps.hpp"
#include "support/log_content.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::Finished;
using testing::game;
using testing::ProcessGroup;
using testing::ScratchFolder;
using testing::states_of;
using testing::sweep_in;
using testing::valley;
namespace fs = std::filesystem;

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
  CHECK(runlog::read_status(run)->peak_memory_bytes > 1'000'000);
  CHECK(runlog::read_status(run)->training_seconds > 0);
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
  ProcessGroup other(command, folder.path);
  const Finished end = testing::run_program(command, folder.path);
  INFO(end.errors);
  CHECK(end.exit_code == 0);
  CHECK(other.wait() == 0);
  for (const auto& [run, state] : states_of(folder.path / "runs/game")) {
    INFO(run);
    CHECK(state.status == runlog::RunStatus::done);
    // Nobody began what another had.
    CHECK(!fs::exists(folder.path / "runs/game" / (run + ".old-1")));
  }
}

TEST_CASE("Ctrl-C stops a sweep in order, and resume goes on with it", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("game.yaml", game("sweep: {axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}}}\n"));
  ProcessGroup sweep({testing::descent_program(), "sweep", "game.yaml", "trainer.steps=20000", "-j", "2"},
                     folder.path);
  const fs::path first = folder.path / "runs/game/learning_rate=0.0001/seed=1",
                 second = folder.path / "runs/game/learning_rate=0.001/seed=1";
  // Both are to train: one that has not begun stays pending.
  for (int i = 0; i < 600 && !(fs::exists(first / "checkpoints") && fs::exists(second / "checkpoints")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  sweep.signal(SIGINT);
  CHECK(sweep.wait() == 130);
  for (const auto& [run, state] : states_of(folder.path / "runs/game"))
    CHECK(state.status == runlog::RunStatus::stopped);
  const std::int64_t reached = runlog::read_status(first)->step;
  ProcessGroup again({testing::descent_program(), "resume", "runs/game", "-j", "2"}, folder.path);
  for (int i = 0; i < 600 && runlog::read_status(first)->status != runlog::RunStatus::running; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  again.signal(SIGTERM);
  CHECK(again.wait() == 143);
  CHECK(runlog::read_status(first)->step >= reached);
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

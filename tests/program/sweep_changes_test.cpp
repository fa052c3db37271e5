#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/status_file.hpp"
#include "small_runs.hpp"
#include "support/faults.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// What the second call of a sweep finds changed since the first.
namespace {

std::string valley_with(const std::string& sweep) {
  return "model: {plugin: point, start: [-1.2, 1.0]}\n"
         "loss: {plugin: rosenbrock}\n"
         "optimizer: {plugin: adam, learning_rate: 0.01}\n"
         "trainer: {steps: 20}\n" +
         sweep;
}

Finished sweep_valley(const ScratchFolder& folder, const std::vector<std::string>& words = {}) {
  std::vector<std::string> command = {"sweep", "valley.yaml"};
  command.insert(command.end(), words.begin(), words.end());
  return descent_in(folder, command);
}

}  // namespace

TEST_CASE("resume makes the deleted folder of a run anew", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley_with("sweep: {axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, seeds: 2}\n"));
  REQUIRE(sweep_valley(folder).exit_code == 0);
  fs::remove_all(folder.path / "runs/valley/beta1=0.5/seed=2");
  fs::remove_all(folder.path / "runs/valley/beta1=0");
  const Finished end = descent_in(folder, {"resume", "runs/valley"});
  INFO(end.errors);
  CHECK(end.exit_code == 0);
  CHECK_THAT(end.output,
             Contains("made anew what had lost its folder: 3 runs") && Contains("4 runs: 4 done"));
  CHECK_THAT(sweep_valley(folder).output, Contains("4 runs, 0 of them new") && Contains("4 runs: 4 done"));
}

TEST_CASE("a run is stale when the plugin that would be loaded now is another one, wherever it lies",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley_with("sweep: {axes: {optimizer: {choice: [test_wrong_ending, sgd]}}}\n"));
  const std::string library = "optimizer_test_wrong_ending.so";
  const std::string bytes = content(fs::path(DESCENT_BINARY_DIR) / "tests/plugins" / library);
  for (const char* plugins : {"old", "moved", "new"}) fs::create_directory(folder.path / plugins);
  folder.write("old/" + library, bytes);
  folder.write("moved/" + library, bytes);
  folder.write("new/" + library, bytes + '\n');
  const auto played_with = [&](const std::string& plugins, std::vector<std::string> words) {
    words.insert(words.end(), {"--plugin-path", plugins});
    const Finished end = descent_in(folder, words);
    INFO(end.errors);
    CHECK(end.exit_code == 0);
    return end.output;
  };
  const fs::path run = folder.path / "runs/valley/optimizer=test_wrong_ending/seed=1";
  played_with("old", {"sweep", "valley.yaml"});
  CHECK_THAT(played_with("moved", {"resume", "runs/valley"}), !Contains("stale"));
  for (const std::string how : {"sweep valley.yaml", "resume runs/valley"}) {
    const std::size_t space = how.find(' ');
    CHECK_THAT(played_with("new", {how.substr(0, space), how.substr(space + 1)}),
               Contains("1 run is stale: made with another optimizer test_wrong_ending; --retry stale"));
  }
  CHECK_FALSE(fs::exists(run.string() + ".old-1"));
  played_with("new", {"resume", "runs/valley", "--retry", "stale"});
  CHECK(fs::exists(run.string() + ".old-1"));
  CHECK_THAT(played_with("new", {"resume", "runs/valley"}), !Contains("stale"));
}

TEST_CASE("an edited sweep adds runs, leaves out runs, and moves aside what became another experiment",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml", valley_with("sweep: {axes: {optimizer.beta1: {choice: [0.0, 0.5]}}}\n"));
  REQUIRE(sweep_valley(folder).exit_code == 0);
  folder.write("valley.yaml", valley_with("sweep: {axes: {optimizer.beta1: {choice: [0.5, 0.9]}}}\n"));
  CHECK_THAT(sweep_valley(folder).output, Contains("2 runs, 1 of them new") &&
                                              Contains("1 no longer belongs to the sweep") &&
                                              Contains("2 done"));
  const fs::path sweep = folder.path / "runs/valley";
  CHECK(fs::exists(sweep / "beta1=0/seed=1/log.h5"));
  CHECK_THAT(sweep_valley(folder, {"trainer.steps=30"}).output,
             Contains("2 are another experiment now, and what they had found was moved aside") &&
                 Contains("2 done"));
  CHECK(fs::exists(sweep / "beta1=0.5/seed=1.old-1/log.h5"));
  CHECK(runlog::read_status(sweep / "beta1=0.5/seed=1")->step == 30);
}

// A library of no sanitizer's cannot be preloaded into a program of one's.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("wherever a kill cuts the freezing of an edit, the next call plays the runs that its file says",
          "[program][sweep]") {
  const std::string sweep = "sweep: {axes: {optimizer.beta1: {choice: [0.0, 0.5]}}}\n";
  const std::string before = valley_with(sweep), after = before + "checkpoint: {every: 7}\n";
  const bool reverted = GENERATE(false, true);
  CAPTURE(reverted);
  const ScratchFolder played;
  played.write("valley.yaml", before);
  REQUIRE(sweep_valley(played).exit_code == 0);
  int call = 1;
  for (;; ++call) {
    CAPTURE(call);
    const ScratchFolder folder;
    fs::copy(played.path / "runs", folder.path / "runs", fs::copy_options::recursive);
    folder.write("valley.yaml", after);
    FaultInjector faults(folder.path);
    const Finished cut = descent_in(folder, {"sweep", "valley.yaml", "-j", "1"},
                                    faults.environment({.action = "kill", .at = call, .calls = "names"}));
    if (cut.output.find("2 runs, ") != std::string::npos) break;
    REQUIRE(cut.exit_code == 128 + SIGKILL);
    if (fs::exists(folder.path / "runs/valley/.freezing"))
      refused(descent_in(folder, {"resume", "runs/valley"}), "was not written to its end");
    if (reverted) folder.write("valley.yaml", before);
    CHECK_THAT(sweep_valley(folder).output, Contains("2 runs: 2 done"));
    for (const char* setting : {"beta1=0", "beta1=0.5"}) {
      const fs::path run = folder.path / "runs/valley" / setting / "seed=1";
      const bool is_edited = content(run / "experiment.yaml").find("every: 7") != std::string::npos;
      CHECK(is_edited != reverted);
      CHECK(fs::exists(run / "checkpoints/step_00000014.h5") != reverted);
      if (!reverted) CHECK(fs::exists(run.string() + ".old-1/log.h5"));
    }
    CHECK_THAT(sweep_valley(folder).output, Contains("2 runs, 0 of them new\n"));
  }
  // Three files, and two folders of two.
  CHECK(call > 10);
}
#endif

TEST_CASE("a run that a process plays is not taken away from it by an edit", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml", valley_with("sweep: {seeds: 2}\n"));
  REQUIRE(sweep_valley(folder).exit_code == 0);
  const runlog::RunDirectoryLock held(folder.path / "runs/valley/seed=2");
  refused(sweep_valley(folder, {"trainer.steps=30"}), "seed=2 is played by another process");
  CHECK_THAT(sweep_valley(folder).output, Contains("0 of them new"));
}

TEST_CASE("status counts the runs that an edit has left out by themselves", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley_with("sweep: {axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, seeds: 2}\n"));
  REQUIRE(sweep_valley(folder).exit_code == 0);
  CHECK_THAT(descent_in(folder, {"status"}).output, Contains("4 runs: 4 done\n") && !Contains("longer"));
  REQUIRE(sweep_valley(folder, {"optimizer.beta1=0.5,0.9", "sweep.seeds=1"}).exit_code == 0);
  const std::string all = descent_in(folder, {"status", "runs/valley"}).output;
  CHECK_THAT(all,
             Contains("\n2 runs: 2 done\n3 other runs: 3 done, which no longer belong to their sweep\n") &&
                 Contains("no longer of its sweep"));
  folder.write("status.json", descent_in(folder, {"status", "--json"}).output);
  check_in_python(folder, R"(
import json
left = {run['run'] for run in json.load(open('status.json')) if run['left_sweep']}
assert left == {f'runs/valley/beta1={run}' for run in ('0/seed=1', '0/seed=2', '0.5/seed=2')}, left
)");
}

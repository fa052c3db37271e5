#include "descent/sweep/local_launcher.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

const std::string one_run = "{axes: {optimizer.learning_rate: {choice: [0.1]}}}";

// What a sweep of one run says of it, and whether it would be played by the next call, when a shell's command
// plays it.
sweep::RunProgress after(const std::string& command, bool& is_missing) {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
  REQUIRE(sweep.runs.size() == 1);
  sweep::MissingRuns runs(sweep, {});
  sweep::LaunchOptions options;
  options.program = {"/bin/sh", "-c", command};
  sweep::LocalLauncher(sweep, runs, options).run();
  is_missing = sweep::MissingRuns(sweep, {}).next().has_value();
  return sweep::progress_of(sweep.directory_of(0));
}

// What is told of the run of such a sweep when a shell's command plays it, with folders made anew.
runlog::RunState told(const sweep::FrozenSweep& sweep, const std::string& command) {
  sweep::MissingRuns runs(sweep, {});
  runlog::RunState last;
  sweep::LaunchOptions options;
  options.program = {"/bin/sh", "-c", command};
  options.restore = [&](std::size_t run) { sweep::restore_run(sweep, run, test_registry()); };
  options.ended = [&](const sweep::Task&, const runlog::RunState& state) { last = state; };
  sweep::LocalLauncher(sweep, runs, options).run();
  return last;
}

}  // namespace

TEST_CASE("a run that somebody asked to end before it listened has not failed") {
  for (const std::string signal : {"TERM", "INT", "HUP"}) {
    CAPTURE(signal);
    bool is_missing = false;
    const sweep::RunProgress progress = after("kill -" + signal + " $$", is_missing);
    CHECK(progress.state.status == runlog::RunStatus::pending);
    CHECK(is_missing);
  }
}

TEST_CASE("a run that a signal of its own making killed has failed, with the signal") {
  for (const std::string signal : {"SEGV", "KILL", "ABRT"}) {
    CAPTURE(signal);
    bool is_missing = true;
    const sweep::RunProgress progress = after("kill -" + signal + " $$", is_missing);
    CHECK(progress.state.status == runlog::RunStatus::failed);
    CHECK_THAT(progress.state.reason, Catch::Matchers::Contains("killed by signal"));
    CHECK_FALSE(is_missing);
  }
}

TEST_CASE("a run that its program refuses, or gives up, says why by its last line") {
  for (const int code : {1, 2}) {
    CAPTURE(code);
    const ScratchFolder root;
    const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
    const std::string leave = "exit " + std::to_string(code);
    CHECK(told(sweep, "echo beside >&2; echo error: the cause >&2; " + leave).reason == "error: the cause");
    sweep::renew_run(sweep, 0);
    CHECK_THAT(told(sweep, leave).reason, Catch::Matchers::Contains("left with exit code"));
  }
  const ScratchFolder root;
  CHECK_THAT(told(frozen_sweep(root.path, one_run), "echo something >&2; exit 3").reason,
             Catch::Matchers::Contains("left with exit code 3"));
}

TEST_CASE("a run whose folder was deleted gets it anew, as it was") {
  const ScratchFolder root;
  // Whole sections, inner axes, and a value that no other run has.
  const sweep::FrozenSweep sweep =
      frozen_sweep(root.path,
                   "{axes: {optimizer: {choice: [sgd, {plugin: adam, beta1: {choice: "
                   "[0.5, 0.9]}}]}, model.start: {choice: [[0, 0], [1, 2]]}}, seeds: 2}");
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    CAPTURE(sweep.runs[run].folder);
    const std::filesystem::path folder = sweep.directory_of(run);
    const std::string before = content(folder / "experiment.yaml");
    const bool whole_setting = run % 2 == 0;  // or one of its seeds
    std::filesystem::remove_all(whole_setting ? folder.parent_path() : folder);
    CHECK(sweep::has_lost_folder(sweep, run));
    sweep::restore_run(sweep, run, test_registry());
    CHECK(content(folder / "experiment.yaml") == before);
    CHECK(sweep::progress_of(folder).state.status == runlog::RunStatus::pending);
    if (whole_setting) restore_run(sweep, run + 1, test_registry());
  }
}

TEST_CASE("a sweep of which every folder was deleted is played all the same") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
  const std::string before = content(sweep.directory_of(0) / "experiment.yaml");
  std::filesystem::remove_all(sweep.directory_of(0));
  CHECK(told(sweep, "kill -TERM $$").status == runlog::RunStatus::pending);
  CHECK(content(sweep.directory_of(0) / "experiment.yaml") == before);
}

TEST_CASE("a folder that is deleted while its run is played fails that run, until the next call") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
  const runlog::RunState state = told(sweep, "rm -r '" + sweep.directory_of(0).string() + "'; exit 1");
  CHECK(state.status == runlog::RunStatus::failed);
  CHECK(state.reason == "its folder was deleted while it was played");
  CHECK(sweep::MissingRuns(sweep, {}).next().has_value());
  CHECK(told(sweep, "kill -TERM $$").status == runlog::RunStatus::pending);
}

TEST_CASE("a run whose folder cannot be had fails, and nobody waits for it") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
  const std::filesystem::path folder = sweep.directory_of(0);
  std::filesystem::remove_all(folder);
  root.write("valley/learning_rate=0.1/seed=1", "a file");
  const runlog::RunState state = told(sweep, "exit 0");
  CHECK(state.status == runlog::RunStatus::failed);
  CHECK_THAT(state.reason, Catch::Matchers::Contains("learning_rate=0.1/seed=1"));
}

TEST_CASE("a run that does not end when it is asked to is killed, and goes on another time") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
  sweep::MissingRuns runs(sweep, {});
  std::atomic<bool> stop = false;
  sweep::LaunchOptions options;
  const std::filesystem::path deaf = root.path / "deaf";
  options.program = {"/bin/sh", "-c", "trap '' TERM; touch '" + deaf.string() + "'; sleep 600"};
  options.stop = &stop;
  options.patience = std::chrono::milliseconds(0);
  options.alive = [&](std::size_t, std::size_t) { stop = std::filesystem::exists(deaf); };
  sweep::LocalLauncher(sweep, runs, options).run();
  CHECK(sweep::progress_of(sweep.directory_of(0)).state.status == runlog::RunStatus::pending);
  CHECK(sweep::MissingRuns(sweep, {}).next().has_value());
}

TEST_CASE("what a run said last is what it said when it was last played") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, one_run);
  CHECK(told(sweep, "echo first >&2; kill -KILL $$").error == std::vector<std::string>{"first"});
  runlog::write_status(sweep.directory_of(0), {runlog::RunStatus::pending});
  CHECK(told(sweep, "echo second >&2; kill -KILL $$").error == std::vector<std::string>{"second"});
}

TEST_CASE("a run that ran out of memory under a limit names it") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path, "{memory: 2 GiB}");
  CHECK(told(sweep, "echo error: std::bad_alloc >&2; exit 1").reason ==
        "error: std::bad_alloc, under its limit of 2 GiB");
  const ScratchFolder other;
  CHECK(told(frozen_sweep(other.path, one_run), "echo error: std::bad_alloc >&2; exit 1").reason ==
        "error: std::bad_alloc");
}

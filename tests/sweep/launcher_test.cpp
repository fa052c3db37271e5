#include "descent/sweep/local_launcher.hpp"

#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

// What a sweep of one run says of it, and whether it would be played by the next call, when a shell's command
// plays it.
RunProgress after(const std::string& command, bool& is_missing) {
  const ScratchFolder root;
  const FrozenSweep sweep = frozen_sweep(root.path, "{axes: {optimizer.learning_rate: {choice: [0.1]}}}");
  REQUIRE(sweep.runs.size() == 1);
  MissingRuns runs(sweep, {});
  LaunchOptions options;
  options.program = {"/bin/sh", "-c", command};
  LocalLauncher(sweep, runs, options).run();
  is_missing = MissingRuns(sweep, {}).next().has_value();
  return progress_of(sweep.directory_of(0));
}

}  // namespace

TEST_CASE("a run that somebody asked to end before it listened has not failed") {
  for (const std::string signal : {"TERM", "INT", "HUP"}) {
    CAPTURE(signal);
    bool is_missing = false;
    const RunProgress progress = after("kill -" + signal + " $$", is_missing);
    CHECK(progress.state.status == RunStatus::pending);
    CHECK(is_missing);
  }
}

TEST_CASE("a run that a signal of its own making killed has failed, with the signal") {
  for (const std::string signal : {"SEGV", "KILL", "ABRT"}) {
    CAPTURE(signal);
    bool is_missing = true;
    const RunProgress progress = after("kill -" + signal + " $$", is_missing);
    CHECK(progress.state.status == RunStatus::failed);
    CHECK_THAT(progress.state.reason, Catch::Matchers::Contains("killed by signal"));
    CHECK_FALSE(is_missing);
  }
}

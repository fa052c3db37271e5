#include <catch2/catch.hpp>
#include <cmath>

#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;

namespace fs = std::filesystem;

// Losses, penalties, models and priors that have an experiment each: all of them, however many there are.
TEST_CASE(
    "every experiment of the folder variants plays its first 20 steps, and its metrics find finite numbers") {
  const fs::path folder = fs::path(DESCENT_SOURCE_DIR) / "experiments/variants";
  int played = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().filename().string());
    const ScratchFolder root;
    run::RunOptions options;
    options.root = root.path;
    const run::RunResult result = run::run_experiment(
        shipped_experiment("variants/" + entry.path().filename().string(), {"trainer.steps=20"}),
        test_registry(), options);
    CHECK(result.reason.empty());
    CHECK(result.status == runlog::RunStatus::done);
    CHECK(result.step == 20);
    for (const run::Finding& finding : result.findings) {
      INFO(finding.metric << "/" << finding.measure);
      CHECK(std::isfinite(finding.value));
    }
    ++played;
  }
  CHECK(played > 20);
}

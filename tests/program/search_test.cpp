#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "descent/sweep/sweep_folder.hpp"
#include "small_sweeps.hpp"
#include "support/files.hpp"
#include "support/log_content.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::content;
using testing::Finished;
using testing::ScratchFolder;
using testing::sweep_in;
namespace fs = std::filesystem;

namespace {

std::string searched(int runs) {
  return fmt::format(
      "sweep: {{method: tpe, runs: {}, batch: 3, objective: objective/value, seeds: 2, axes: {{optimizer: "
      "{{choice: [{{plugin: "
      "sgd, learning_rate: {{min: 1.0e-5, max: 1.0e-2, scale: log}}}}, {{plugin: adam, learning_rate: {{min: "
      "1.0e-3, max: "
      "1.0, scale: log}}}}]}}, model.start: {{choice: [[-1.2, 1.0], [0.0, 3.0]]}}}}}}\n",
      runs);
}

}  // namespace

TEST_CASE(
    "a search is the same with any number of runs at a time, when it is continued, and when it is made "
    "longer",
    "[sweep][search]") {
  const ScratchFolder one, two;
  std::ofstream(one.path / "valley.yaml") << testing::valley(searched(11));
  std::ofstream(two.path / "valley.yaml") << testing::valley(searched(4));
  const Finished whole = sweep_in(one, {"valley.yaml", "-j", "1"});
  CHECK(whole.exit_code == 0);
  CHECK(sweep_in(two, {"valley.yaml", "-j", "3"}).exit_code == 0);
  std::ofstream(two.path / "valley.yaml") << testing::valley(searched(11));
  const Finished more = sweep_in(two, {"valley.yaml", "-j", "3"});
  CHECK(more.exit_code == 0);
  CHECK_THAT(more.output, Contains("8 runs, 0 of them new"));
  CHECK(content(one.path / "runs/valley/journal.jsonl") == content(two.path / "runs/valley/journal.jsonl"));
  const std::vector<sweep::FrozenRun> runs = sweep::read_sweep(one.path / "runs/valley").runs;
  CHECK(runs.size() == 22);
  for (const sweep::FrozenRun& run : runs) {
    CAPTURE(run.folder);
    const fs::path log = fs::path("runs/valley") / run.folder / "log.h5";
    CHECK(testing::first_difference(testing::content_of(one.path / log), testing::content_of(two.path / log))
              .empty());
  }
  CHECK_THAT(sweep_in(one, {"valley.yaml", "--dry-run"}).output,
             Contains("of 11 settings that the method tpe proposes, 3 at a time"));
}

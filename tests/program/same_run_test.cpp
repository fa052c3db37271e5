#include <catch2/catch.hpp>
#include <filesystem>

#include "descent/runlog/status_file.hpp"
#include "run_contents.hpp"
#include "small_runs.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// A run is found by what it is, whatever its folder is called.
namespace {

const std::string bowl =
    "model: {plugin: point, start: [1.0, 2.0]}\n"
    "loss: quadratic\n"
    "optimizer: {plugin: sgd, learning_rate: 0.1}\n"
    "trainer: {steps: 10}\n"
    "metrics: [{plugin: objective, every: 5}]\n";

Finished run_bowl(const ScratchFolder& folder, std::vector<std::string> words = {}) {
  words.insert(words.begin(), {"run", "bowl.yaml"});
  return descent_in(folder, words);
}

}  // namespace

TEST_CASE("what changes no number of a run names no other folder", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  REQUIRE(
      run_bowl(folder, {"checkpoint.every=5", "log.metrics.every=2", "optimizer.momentum=0.5"}).exit_code ==
      0);
  CHECK(fs::exists(folder.path / "runs/bowl/optimizer.momentum=0.5/seed=1/log.h5"));
  REQUIRE(run_bowl(folder).exit_code == 0);
  for (const std::string word : {"log.samples.count=3", "log={metrics: {every: 5}}", "checkpoint.keep=7",
                                 "checkpoint.best=objective/value", "trainer.prefetch=true", "name=bowl"}) {
    CAPTURE(word);
    const Finished again = run_bowl(folder, {word});
    CHECK(again.exit_code == 0);
    CHECK_THAT(again.output, Contains("already done") && Contains("directory  runs/bowl/seed=1\n"));
    const bool is_kept_otherwise = word.starts_with("log") || word.starts_with("checkpoint");
    CHECK((again.output.find("note       it was trained with another '") != std::string::npos) ==
          is_kept_otherwise);
  }
  // What may change bits is another run.
  for (const std::string word : {"threads=2", "metrics.objective.every=1", "trainer.batch_size=3"})
    CHECK_THAT(run_bowl(folder, {word}).output, !Contains("already done"));
  CHECK(run_bowl(folder, {"log.metrics.every=5", "--fresh"}).exit_code == 0);
  CHECK(fs::exists(folder.path / "runs/bowl/seed=1.old-1"));
}

TEST_CASE("a run that was given more steps is found as the longer run that it is", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  REQUIRE(run_bowl(folder, {"trainer.steps=5"}).exit_code == 0);
  const std::string run = "runs/bowl/trainer.steps=5/seed=1";
  REQUIRE(descent_in(folder, {"resume", run, "trainer.steps=20"}).exit_code == 0);
  const Finished longer = run_bowl(folder, {"trainer.steps=20"});
  CHECK(longer.exit_code == 0);
  CHECK_THAT(longer.output,
             Contains("already done") && Contains("directory  " + run) && Contains("steps      20"));
  CHECK_FALSE(fs::exists(folder.path / "runs/bowl/trainer.steps=20"));
  // Its folder's name is that of another run now.
  refused(run_bowl(folder, {"trainer.steps=5"}), "already holds this run with more steps");
}

TEST_CASE("a longer run that has not ended is told how to go on", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  REQUIRE(run_bowl(folder).exit_code == 0);
  REQUIRE(descent_in(folder, {"resume", "runs/bowl/seed=1", "trainer.steps=30", "--until", "15"}).exit_code ==
          0);
  refused(run_bowl(folder, {"trainer.steps=30"}),
          "runs/bowl/seed=1 already holds this run, which was stopped at step 15; use --fresh to move it "
          "aside, or go on "
          "with it: descent resume runs/bowl/seed=1\n");
  // The file was edited since: the run in its folder is the beginning of what is asked for.
  folder.write("bowl.yaml", bowl + "seed: 2\n");
  REQUIRE(run_bowl(folder).exit_code == 0);
  folder.write("bowl.yaml",
               bowl.substr(0, bowl.find("10}")) + "40}\nmetrics: [{plugin: objective, every: 5}]\nseed: 2\n");
  refused(run_bowl(folder),
          "already holds this run with fewer steps, which ended at step 10; use --fresh to move it "
          "aside, or go on with it: descent resume runs/bowl/seed=2 trainer.steps=40\n");
  // Where another folder is asked for, it is trained there; that it need not be is said.
  CHECK_THAT(
      run_bowl(folder, {"trainer.steps=50"}).errors,
      Contains("note: runs/bowl/seed=2 has the first steps of this run; descent resume runs/bowl/seed=2 "
               "trainer.steps=50 would go on from there"));
}

TEST_CASE("a finished run that was made with another build of a plugin says so", "[program]") {
  const ScratchFolder folder;
  const std::string library = "optimizer_test_wrong_ending.so";
  const std::string bytes = content(fs::path(DESCENT_BINARY_DIR) / "tests/plugins" / library);
  folder.write("bowl.yaml", bowl);
  fs::create_directory(folder.path / "plugins");
  folder.write("plugins/" + library, bytes);
  const std::vector<std::string> words = {"optimizer=test_wrong_ending", "--plugin-path", "plugins"};
  REQUIRE(run_bowl(folder, words).exit_code == 0);
  CHECK_THAT(run_bowl(folder, words).output, Contains("already done") && !Contains("note"));
  folder.write("plugins/" + library, bytes + '\n');
  CHECK_THAT(run_bowl(folder, words).output,
             Contains("already done") &&
                 Contains("note       it was trained with other plugins: optimizer/test_wrong_ending"));
}

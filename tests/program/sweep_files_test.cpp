#include <catch2/catch.hpp>
#include <filesystem>

#include "small_runs.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// Whose results a sweep touches: what a dry run says of an edit, and two files of one name.
namespace {

std::string valley_with(const std::string& axis, int steps = 20) {
  return "name: valley\n"
         "model: {plugin: point, start: [-1.2, 1.0]}\n"
         "loss: {plugin: rosenbrock}\n"
         "optimizer: {plugin: adam, learning_rate: 0.01}\n"
         "trainer: {steps: " +
         std::to_string(steps) + "}\nsweep: {axes: {" + axis + "}}\n";
}

const std::string betas = "optimizer.beta1: {choice: [0.0, 0.5]}";

std::string dry_run(const ScratchFolder& folder, std::vector<std::string> words = {}) {
  words.insert(words.begin(), {"sweep", "valley.yaml", "--dry-run"});
  return played(folder, words);
}

}  // namespace

TEST_CASE("a dry run says whose results an edit would move aside, and touches none", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml", valley_with(betas));
  CHECK_THAT(dry_run(folder), Contains("2 runs: 2 settings, 1 seed") && !Contains("moved aside"));
  CHECK_FALSE(fs::exists(folder.path / "runs"));
  REQUIRE(descent_in(folder, {"sweep", "valley.yaml"}).exit_code == 0);
  CHECK_THAT(dry_run(folder), !Contains("moved aside"));
  // An axis that is edited leaves one out and adds one; what the experiment says changes every run.
  folder.write("valley.yaml", valley_with("optimizer.beta1: {choice: [0.5, 0.9]}"));
  CHECK_THAT(dry_run(folder),
             Contains("1 no longer belongs to the sweep, and what it has found stays:\n  beta1=0/seed=1") &&
                 !Contains("moved aside"));
  CHECK_THAT(dry_run(folder, {"optimizer.epsilon=1e-6"}),
             Contains("1 is another experiment now, and what it has found would be moved aside:\n"
                      "  beta1=0.5/seed=1  done at step 20\n") &&
                 !Contains("get more steps"));
  CHECK_THAT(dry_run(folder, {"trainer.steps=30"}),
             Contains("would be moved aside:\n  beta1=0.5/seed=1") &&
                 Contains("they would only get more steps: descent resume runs/valley trainer.steps='30'"));
  for (const char* run : {"beta1=0/seed=1", "beta1=0.5/seed=1"}) {
    CHECK(fs::exists(folder.path / "runs/valley" / run / "log.h5"));
    CHECK_FALSE(fs::exists(folder.path / "runs/valley" / (run + std::string(".old-1"))));
  }
  CHECK_FALSE(fs::exists(folder.path / "runs/valley/beta1=0.9"));
}

TEST_CASE("a second file with the name of a sweep is refused, and told whose it is", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml", valley_with(betas));
  fs::create_directory(folder.path / "other");
  folder.write("other/valley.yaml", valley_with(betas, 25));
  folder.write("third.yaml", valley_with(betas));
  REQUIRE(descent_in(folder, {"sweep", "valley.yaml"}).exit_code == 0);
  for (const char* file : {"other/valley.yaml", "third.yaml"}) {
    refused(descent_in(folder, {"sweep", file}),
            "is the sweep of '" + (folder.path / "valley.yaml").string() + "'");
    refused(descent_in(folder, {"sweep", file, "--dry-run"}), "has the same name 'valley'");
  }
  CHECK_FALSE(fs::exists(folder.path / "runs/valley/beta1=0/seed=1.old-1"));
  CHECK(descent_in(folder, {"sweep", "third.yaml", "--runs", "elsewhere"}).exit_code == 0);
  CHECK(descent_in(folder, {"sweep", "third.yaml", "name=third"}).exit_code == 0);
  // What was copied together belongs together.
  fs::copy(folder.path / "runs", folder.path / "other/runs", fs::copy_options::recursive);
  CHECK_THAT(descent_in(folder, {"sweep", "other/valley.yaml", "--runs", "other/runs", "--dry-run"}).output,
             Contains("2 are another experiment now"));
  // The same file by another path is no second one; nor is one that was renamed.
  CHECK(descent_in(folder, {"sweep", "other/../valley.yaml"}).exit_code == 0);
  fs::rename(folder.path / "valley.yaml", folder.path / "renamed.yaml");
  CHECK_THAT(descent_in(folder, {"sweep", "renamed.yaml"}).output, Contains("2 runs, 0 of them new\n"));
}

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "run_program.hpp"

using Catch::Matchers::Contains;
using namespace descent::testing;
namespace fs = std::filesystem;

TEST_CASE("resume refuses another binary of a plugin, unless it is told to accept it", "[program]") {
  const ScratchFolder folder;
  fs::copy(fs::path(DESCENT_BINARY_DIR) / "lib/descent/plugins/optimizer_sgd.so", folder.path / "mine.so");
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: ./mine.so, learning_rate: 0.01}
trainer: {steps: 20}
)");
  REQUIRE(descent_in(folder, {"run", "bowl.yaml"}).exit_code == 0);
  std::ofstream(folder.path / "mine.so", std::ios::app) << "built again";
  const std::vector<std::string> resume = {"resume", "runs/bowl/seed=1", "trainer.steps=40"};
  const Finished refusal = descent_in(folder, resume);
  refused(refusal, "final.h5 was saved with other plugins: optimizer/sgd was ");
  CHECK_THAT(refusal.errors, Contains("--accept-changed-plugins"));
  std::vector<std::string> accepting = resume;
  accepting.push_back("--accept-changed-plugins");
  CHECK(descent_in(folder, accepting).exit_code == 0);
  CHECK_THAT(content(folder.path / "runs/bowl/seed=1/events.jsonl"),
             Contains("the steps up to 20 were made with other plugins: optimizer/sgd was "));
}

TEST_CASE("resume refuses what says nothing of what it goes on with", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 20}
)");
  REQUIRE(descent_in(folder, {"run", "bowl.yaml"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"sweep", "bowl.yaml", "--seeds", "2", "--runs", "sweeps"}).exit_code == 0);
  const auto resume = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "resume");
    return descent_in(folder, words);
  };
  refused(resume({"runs/bowl/seed=1", "-j", "3"}), "--jobs says how a sweep is played");
  refused(resume({"runs/bowl/seed=1", "--retry", "failed"}), "--retry says how a sweep is played");
  refused(resume({"runs/bowl/seed=1", "--fail-fast"}), "--fail-fast says how a sweep is played");
  refused(resume({"sweeps/bowl", "--only", "seed=1", "--retry", "failed"}), "--retry says how a sweep");
  refused(resume({"sweeps/bowl", "--accept-changed-plugins"}), "--accept-changed-plugins is for one run");
  CHECK(resume({"sweeps/bowl", "-j", "2", "--retry", "failed", "--fail-fast"}).exit_code == 0);
  CHECK(resume({"sweeps/bowl", "--only", "seed=1"}).exit_code == 0);
  CHECK(resume({"sweeps/bowl/seed=1", "--quiet"}).exit_code == 0);
}

TEST_CASE("a pause that was asked for is no failure", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 20}
)");
  REQUIRE(descent_in(folder, {"run", "bowl.yaml"}).exit_code == 0);
  const std::vector<std::string> pause = {"resume", "runs/bowl/seed=1", "trainer.steps=40", "--until", "30"};
  const auto paused = [&] {
    const Finished finished = descent_in(folder, pause);
    INFO(finished.errors);
    CHECK_THAT(finished.output, Contains("paused after step 30"));
    CHECK(finished.exit_code == 0);
  };
  paused();
  paused();  // it is there already
  const Finished rest = descent_in(folder, {"resume", "runs/bowl/seed=1"});
  CHECK_THAT(rest.output, Contains("steps      40"));
  CHECK(rest.exit_code == 0);
}

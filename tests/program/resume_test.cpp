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

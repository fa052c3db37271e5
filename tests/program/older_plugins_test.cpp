#include <catch2/catch.hpp>
#include <filesystem>

#include "small_runs.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// Results of older builds of a plugin, and runs that an edit of their sweep has left out, are not mixed in unsaid.
namespace {

const std::string library = "optimizer_test_wrong_ending.so";

/// A folder of plugins with one that can be built anew: the same code in another file.
struct OwnPlugin {
  explicit OwnPlugin(const ScratchFolder& folder) : folder_(folder) {
    fs::create_directory(folder.path / "plugins");
    write("");
  }
  void build_anew() { write("\n"); }

 private:
  void write(const std::string& more) {
    folder_.write("plugins/" + library,
                  content(fs::path(DESCENT_BINARY_DIR) / "tests/plugins" / library) + more);
  }
  const ScratchFolder& folder_;
};

std::string sweep_over(const std::string& starts) {
  return "name: bowl\n"
         "model: {plugin: point, start: [1, 2]}\n"
         "loss: quadratic\n"
         "optimizer: test_wrong_ending\n"
         "trainer: {steps: 4}\n"
         "metrics: [{plugin: objective, every: 2}]\n"
         "sweep: {axes: {model.start: {choice: [" +
         starts + "]}}, objective: objective/value}\n";
}

void sweep(const ScratchFolder& folder, const std::string& starts) {
  folder.write("bowl.yaml", sweep_over(starts));
  played(folder, {"sweep", "bowl.yaml", "--plugin-path", "plugins"});
}

}  // namespace

TEST_CASE("runs of older builds are counted and said, wherever they are compared", "[program][sweep]") {
  const ScratchFolder folder;
  OwnPlugin plugin(folder);
  sweep(folder, "[1, 2], [3, 4]");
  const std::vector<std::vector<std::string>> looks = {
      {"status", "runs/bowl"},
      {"compare", "runs/bowl"},
      {"compare", "runs/bowl", "--by", "model.start"},
      {"plot", "runs/bowl", "--metric", "objective/value", "--csv"},
  };
  for (const auto& words : looks) {
    CAPTURE(words);
    CHECK_THAT(played(folder, words), !Contains("older build"));
  }
  plugin.build_anew();
  for (const auto& words : looks) {
    CAPTURE(words);
    CHECK_THAT(played(folder, words),
               Contains("2 of 2 runs were made with older builds of optimizer test_wrong_ending"));
  }
  sweep(folder, "[1, 2], [3, 4], [5, 6]");
  for (const auto& words : looks) {
    CAPTURE(words);
    CHECK_THAT(played(folder, words),
               Contains("2 of 3 runs were made with older builds of optimizer test_wrong_ending"));
  }
  CHECK_THAT(played(folder, {"status", "runs/bowl"}), Contains("older build of"));
  CHECK_THAT(
      played(folder, {"status", "runs/bowl", "--json"}),
      Contains(R"("older_plugins": ["optimizer test_wrong_ending"])") && Contains(R"("older_plugins": [])"));
  CHECK_THAT(played(folder, {"compare", "runs/bowl"}), Contains("older builds"));
  CHECK_THAT(played(folder, {"compare", "runs/bowl", "--csv"}), Contains(",older_builds,"));
  // Where the library is gone, the newest run tells which build counts.
  fs::remove(folder.path / "plugins" / library);
  for (const auto& words : looks) {
    CAPTURE(words);
    CHECK_THAT(played(folder, words), Contains("2 of 3 runs were made with older builds"));
  }
}

TEST_CASE("runs that an edit has left out are not drawn or compared, unless they are named",
          "[program][sweep]") {
  const ScratchFolder folder;
  OwnPlugin plugin(folder);
  sweep(folder, "[1, 2], [3, 4]");
  sweep(folder, "[3, 4], [5, 6]");
  const std::vector<std::string> plot = {"plot", "runs/bowl", "--metric", "objective/value", "--csv"};
  CHECK_THAT(played(folder, plot),
             !Contains("start [1, 2]") && Contains("start [3, 4]") && Contains("start [5, 6]") &&
                 Contains("note: left out: 1 run, which no longer belongs to its sweep"));
  CHECK_THAT(played(folder, {"compare", "runs/bowl", "--by", "model.start"}),
             Contains("2 runs in 2 groups") && Contains("note: left out: 1 run"));
  CHECK_THAT(played(folder, {"compare", "runs"}),
             Contains("2 runs in 2 groups") && Contains("note: left out: 1 run"));
  for (const char* place : {"runs/bowl/start=[1,2]", "runs/bowl/start=[1,2]/seed=1"})
    CHECK_THAT(played(folder, {"plot", place, "--metric", "objective/value", "--csv"}),
               Contains("start=[1,2]") && !Contains("left out"));
  CHECK_THAT(
      played(folder, {"plot", "runs/bowl", "runs/bowl/start=[1,2]", "--metric", "objective/value", "--csv"}),
      Contains("start [1, 2]") && !Contains("left out"));
}

TEST_CASE("a trained run is looked at with the plugins that it was trained with", "[program]") {
  const ScratchFolder folder;
  fs::copy(fs::path(DESCENT_BINARY_DIR) / "lib/descent/plugins/model_vae.so", folder.path / "mine.so");
  folder.write("digits.yaml", R"(name: digits
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: ./mine.so, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: {plugin: elbo}
optimizer: adam
trainer: {batch_size: 10, steps: 10}
metrics: [{plugin: objective}]
)");
  REQUIRE(descent_in(folder, {"run", "digits.yaml"}).exit_code == 0);
  const std::string run = "runs/digits/seed=1";
  const std::vector<std::vector<std::string>> looks = {
      {"evaluate", run, "objective"},
      {"evaluate", run, "active_units"},
      {"generate", run, "-n", "4", "-o", "digits.npz"},
      {"fit-sampler", run, "--components", "1"},
      {"export", run, "--npz", "--state", "final", "-o", "state.npz"},
  };
  for (const auto& words : looks) {
    CAPTURE(words);
    played(folder, words);
  }
  const std::string before = played(folder, looks[0]);
  folder.write("mine.so", content(folder.path / "mine.so") + "built again");
  for (std::vector<std::string> words : looks) {
    CAPTURE(words);
    const Finished refusal = descent_in(folder, words);
    refused(refusal, "was saved with other plugins: model/vae was ");
    CHECK_THAT(refusal.errors, Contains("--accept-changed-plugins"));
    words.push_back("--accept-changed-plugins");
    played(folder, words);
  }
  // The same code gives the same number; that is for who accepts it to know.
  CHECK(played(folder, {"evaluate", run, "objective", "--accept-changed-plugins"}) == before);
}

TEST_CASE("a metric by a run is refused where the run's plugins were built anew", "[program]") {
  const ScratchFolder folder;
  fs::copy(fs::path(DESCENT_BINARY_DIR) / "lib/descent/plugins/model_mlp.so", folder.path / "mine.so");
  folder.write("classifier.yaml", R"(name: classifier
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: ./mine.so, network: {hidden: [8]}}
loss: cross_entropy
optimizer: adam
trainer: {batch_size: 10, steps: 3}
)");
  folder.write("digits.yaml", R"(name: digits
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: {plugin: elbo}
optimizer: adam
trainer: {batch_size: 10, steps: 3}
metrics: [{plugin: class_coverage, run: runs/classifier/seed=1, samples: 20}]
)");
  REQUIRE(descent_in(folder, {"run", "classifier.yaml"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"run", "digits.yaml"}).exit_code == 0);
  folder.write("mine.so", content(folder.path / "mine.so") + "built again");
  const Finished refusal = descent_in(folder, {"run", "digits.yaml", "seed=2"});
  refused(refusal, "was saved with other plugins: model/mlp was ");
  CHECK_THAT(refusal.errors, Contains("train the run again") && Contains("descent export"));
}

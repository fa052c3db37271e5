#include <catch2/catch.hpp>

#include "descent/run/assemble.hpp"
#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;

// Metrics by the features of a classifier: of a finished run, and of arrays in a file.

namespace fs = std::filesystem;

namespace {

const std::string small_glyphs = "dataset: {plugin: glyphs, examples: 120, test_examples: 60";
const std::string ending =
    "optimizer: {plugin: sgd, learning_rate: 0.1}\ntrainer: {steps: 2, batch_size: 16}\n";

fs::path finished(const std::string& name, const std::string& rest, const fs::path& root) {
  run::RunOptions options;
  options.root = root;
  const auto result =
      run::run_experiment(experiment_of("name: " + name + "\n" + rest + ending), test_registry(), options);
  REQUIRE(result.status == runlog::RunStatus::done);
  return result.directory;
}

std::unique_ptr<train::Training> measured_by(const std::string& option, const std::string& more_data = "") {
  return run::assemble(
      experiment_of(small_glyphs + more_data +
                    "}\nmodel: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}\n"
                    "loss: elbo\n" +
                    ending + "metrics: [{plugin: frechet_distance, samples: 40, examples: 40, " + option +
                    "}, {plugin: vendi, samples: 40, " + option + "}]\n"));
}

const std::string classifier =
    "loss: cross_entropy\nmodel: {plugin: mlp, network: {layers: [{linear: 5}, relu, {linear: ";

}  // namespace

TEST_CASE("samples are compared by the features of a finished run") {
  const ScratchFolder root;
  const fs::path plain = finished("plain", small_glyphs + "}\n" + classifier + "7}, tanh]}}\n", root.path);
  const fs::path tapped = finished(
      "tapped",
      small_glyphs +
          "}\nloss: cross_entropy\nmodel: {plugin: mlp, network: {layers: [{linear: 5, tap: true}, relu, "
          "{linear: 7}, tanh]}}\n",
      root.path);
  const auto by_last = measured_by("run: " + plain.string()), by_tap = measured_by("run: " + tapped.string());
  const auto by_numbers = measured_by("show: mean");
  CHECK_THAT(by_last->metrics()[0].measures[0].note, Contains("the features of the run " + plain.string()));
  const std::vector<double> last = measured(*by_last, "frechet_distance"),
                            tap = measured(*by_tap, "frechet_distance");
  CHECK(last[0] > 0);
  CHECK(tap[0] != last[0]);
  CHECK(last[1] <= 7);  // directions of its seven features, not of 256 pixels
  CHECK(tap[1] <= 5);
  CHECK(measured(*by_numbers, "frechet_distance")[1] > 7);
  // Cosines of five numbers have at most five directions.
  CHECK(measured(*by_tap, "vendi")[0] <= 5);
}

TEST_CASE("a run whose features cannot be taken is a mistake, said with its place") {
  const ScratchFolder root;
  const auto refusal = [](const fs::path& run) {
    return error_of([&] { measured_by("run: " + run.string()); });
  };
  CHECK_THAT(refusal(root.path / "nowhere"), Contains("test.yaml:6:11") && Contains("nowhere"));
  const fs::path vae = finished(
      "vae",
      small_glyphs +
          "}\nloss: elbo\nmodel: {plugin: vae, latent: 2, encoder: {hidden: [4]}, decoder: {hidden: [4]}}\n",
      root.path);
  CHECK_THAT(refusal(vae),
             Contains("test.yaml:6:11") && Contains("neither a predictor nor has a discriminator"));
  const fs::path small =
      finished("small", small_glyphs + ", transforms: [{resize: [8, 8]}]}\n" + classifier + "7}, tanh]}}\n",
               root.path);
  CHECK_THAT(refusal(small), Contains("(8, 8, 1)") && Contains("(16, 16, 1)"));
  CHECK_THAT(error_of([&] { measured_by("run: " + vae.string() + ", weights: a.npz"); }),
             Contains("give one of the two"));
}

TEST_CASE("a discriminator's features are features as well") {
  const ScratchFolder root;
  const fs::path gan =
      finished("gan",
               small_glyphs +
                   "}\nloss: non_saturating\nmodel: {plugin: gan, latent: 2, output: sigmoid, generator: "
                   "{hidden: [4]}, discriminator: {hidden: [6]}}\n",
               root.path);
  const auto by_gan = measured_by("run: " + gan.string());
  CHECK(measured(*by_gan, "frechet_distance")[1] <= 6);
}

TEST_CASE("samples are compared by the features of arrays in a file") {
  const std::string file = DESCENT_SOURCE_DIR "/experiments/classifiers/glyphs.npz";
  // As in experiments/classifiers/glyphs.yaml: its last layer sees 64 numbers.
  const std::string layers =
      ", classifier: {layers: [{conv2d: {channels: 16, kernel: 5, stride: 2, padding: same}}, relu, {conv2d: "
      "{channels: 32, "
      "kernel: 5, stride: 2, padding: same}}, relu, {linear: 64}, relu]}";
  const auto training = measured_by("weights: " + file + layers);
  CHECK_THAT(training->metrics()[1].measures[0].note,
             Contains("of 40 samples, by the features of glyphs.npz, SHA-256 "));
  const std::vector<double> found = measured(*training, "frechet_distance");
  CHECK(found[0] > 1);
  CHECK(found[1] <= 64);
  CHECK_THAT(error_of([&] { measured_by("weights: " + file + layers + ", group: encoder"); }),
             Contains("has no array 'encoder.N.weight'"));
  CHECK_THAT(error_of([&] { measured_by("weights: nowhere.npz"); }), Contains("nowhere.npz"));
  CHECK_THAT(error_of([&] { measured_by("weights: " + file); }), Contains("these layers need"));
}

TEST_CASE(
    "memorization looks at the examples that are trained on, and refuses to compare them with themselves") {
  const auto memorization = [](const std::string& metric, const std::string& split) {
    const auto training = training_of(
        small_glyphs +
        "}\nmodel: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}\nloss: elbo\n" +
        "optimizer: {plugin: sgd, learning_rate: 0.1}\ntrainer: {steps: 2, batch_size: 16, validation: 30}\n"
        "metrics: [{plugin: memorization, samples: 40, " +
        metric + "split: " + split + "}]\n");
    return measured(*training, "memorization");
  };
  const double ratio = memorization("", "test")[0];
  CHECK(ratio > 0);
  CHECK(memorization("training_examples: 90, ", "test")[0] == ratio);  // 120 without the 30 of validation
  CHECK(memorization("training_examples: 89, ", "test")[0] != ratio);
  CHECK(memorization("", "validation")[0] > 0);
  CHECK_THROWS_WITH(memorization("", "train"), Contains("that were not trained on"));
}

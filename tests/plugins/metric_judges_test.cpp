#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "descent/base/checksum.hpp"
#include "metric_support.hpp"
#include "support/experiment_text.hpp"

// Who judges samples: a finished run, or a file of arrays.

using namespace descent;
using namespace descent::testing;
using Catch::Contains;

namespace {

/// A training as a finished run, whose data are left as they are.
class FinishedRun final : public TrainedRun {
 public:
  explicit FinishedRun(std::unique_ptr<train::Training> training) : training_(std::move(training)) {}
  Model& model() override { return training_->model(); }
  const Fields& fields() const override { return training_->fields(); }
  train::Training& training() { return *training_; }

 private:
  std::unique_ptr<train::Training> training_;
};

std::string small_glyphs(const std::string& transforms = "[]") {
  return "dataset: {plugin: glyphs, pixels: 8, examples: 640, test_examples: 100, transforms: " + transforms +
         "}\n";
}

// A digit classifier before its first step, whose first layer is tapped.
std::shared_ptr<TrainedRun> classifier(const std::string& transforms = "[]") {
  auto training =
      training_of(small_glyphs(transforms) +
                  "model: {plugin: mlp, network: {layers: [{linear: 32}, {relu: {}, tap: true}]}}\n"
                  "loss: cross_entropy\noptimizer: adam\ntrainer: {steps: 3, batch_size: 64}\n");
  return std::make_shared<FinishedRun>(std::move(training));
}

std::unique_ptr<train::Training> judged(const std::string& metric, const std::shared_ptr<TrainedRun>& run,
                                        const std::string& transforms = "[]",
                                        const std::string& condition = "label") {
  return train::assemble(
      experiment_of(small_glyphs(transforms) + "model: {plugin: gan, latent: 2, condition: \"" + condition +
                    "\", generator: {hidden: [4]}, discriminator: {hidden: [4]}}\nloss: minimax\n"
                    "optimizer: adam\ntrainer: {steps: 2, batch_size: 64}\nmetrics: [" +
                    metric + "]\n"),
      {.load_run = [run](const std::filesystem::path&) { return run; }});
}

}  // namespace

TEST_CASE("class_coverage and conditional_accuracy ask the classifier of a run, without its layers") {
  const auto run = classifier();
  for (const auto& parameter : dynamic_cast<FinishedRun&>(*run).training().registrar().parameters())
    if (parameter->name == "network.1.bias") {
      parameter->value.data()[3] = 1000;
      parameter->value.mark_written();
    }
  const auto training = judged(
      "{plugin: conditional_accuracy, run: /some/run, samples: 200}, {plugin: "
      "class_coverage, run: /some/run, samples: 200}",
      run);
  const auto accuracy = measured(*training, "conditional_accuracy"),
             coverage = measured(*training, "class_coverage");
  // Classes are asked for in turn, and to this judge every sample is a three.
  CHECK(accuracy[0] == Approx(0.1));
  CHECK(coverage == std::vector<double>{0, 1, 1});
  CHECK_THAT(error_of([&] { judged("{plugin: class_coverage, run: /some/run, classes: 7}", run); }),
             Contains("'classes' is 7") && Contains("tells 10 apart"));
  CHECK_THAT(error_of([&] { judged("class_coverage", run); }), Contains("'run'") && Contains("'weights'"));
  CHECK_THAT(error_of([&] {
               judged("{plugin: class_coverage, run: /some/run, weights: " DESCENT_SOURCE_DIR
                      "/experiments/classifiers/glyphs.npz}",
                      run);
             }),
             Contains("not both"));
}

TEST_CASE("samples that are no numbers have no class: the measures of judges are NaN") {
  const auto training = judged(
      "{plugin: conditional_accuracy, run: /some/run, samples: 50}, {plugin: class_coverage, run: "
      "/some/run, samples: 50}",
      classifier());
  for (const auto& parameter : training->registrar().parameters())
    if (parameter->group == "generator") {
      parameter->value.copy_from(Tensor::full(parameter->shape, NAN));
      parameter->value.mark_written();
    }
  for (const char* metric : {"conditional_accuracy", "class_coverage"})
    for (const double value : measured(*training, metric)) CHECK(std::isnan(value));
}

TEST_CASE("a classifier of numbers in another range is refused, with both ranges") {
  const auto run = classifier(), same = classifier("[{scale: [-1, 1]}]");
  for (const char* metric : {"class_coverage", "conditional_accuracy", "frechet_distance", "mmd"}) {
    CAPTURE(metric);
    const std::string item = "{plugin: " + std::string(metric) + ", run: /some/run" +
                             (std::string(metric) == "mmd" ? ", subsets: 0}" : "}");
    CHECK_THAT(error_of([&] { judged(item, run, "[{scale: [-1, 1]}]"); }),
               Contains("[0, 1]") && Contains("[-1, 1]"));
    CHECK(error_of([&] { judged(item, same, "[{scale: [-1, 1]}]"); }) == "no error");
  }
}

TEST_CASE("the note of a result by a run names the run and its final checkpoint") {
  const TemporaryFolder folder;
  const auto checkpoint = folder.path() / "checkpoints" / "final.h5";
  std::filesystem::create_directories(checkpoint.parent_path());
  std::ofstream(checkpoint) << "some state";
  const auto run = classifier();
  for (const char* metric : {"class_coverage", "conditional_accuracy", "frechet_distance", "vendi"}) {
    const auto training =
        judged("{plugin: " + std::string(metric) + ", run: " + folder.path().string() + "}", run);
    for (const Measure& measure : training->metrics().front().measures)
      CHECK_THAT(measure.note, Contains("the run " + folder.path().string() +
                                        ", SHA-256 of its final checkpoint " + sha256_of_file(checkpoint)));
  }
}

TEST_CASE("weights that are not there are a problem of the metric that names them") {
  for (const char* metric : {"class_coverage", "conditional_accuracy", "frechet_distance", "vendi"})
    CHECK_THAT(
        error_of([&] { judged("{plugin: " + std::string(metric) + ", weights: /nope.npz}", nullptr); }),
        Contains("test.yaml:6:11: " + std::string(metric) +
                 ": 'weights' is '/nope.npz', but there is no such file"));
}

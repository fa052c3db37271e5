#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"
#include "support/log_content.hpp"

// The same binary, experiment, seed and threads give the same bits in every dataset of the log but wall_time.

namespace {

using descent::testing::content_of;
using Content = descent::testing::LogContent;

bool same_bits(const Content& a, const Content& b) {
  return descent::testing::first_difference(a, b).empty();
}

Content run(const std::string& file, std::vector<std::string> overrides) {
  const descent::testing::ScratchFolder folder;
  const auto experiment = descent::testing::shipped_experiment(file, overrides);
  descent::run::RunOptions options;
  options.root = folder.path;
  const auto result = descent::run::run_experiment(experiment, descent::testing::test_registry(), options);
  REQUIRE(result.reason == "");
  return content_of(result.directory / "log.h5");
}

void check(const std::string& file, std::vector<std::string> overrides, const std::string& varied) {
  for (const char* threads : {"threads=1", "threads=2"}) {
    INFO(file << ", " << threads);
    overrides.push_back(threads);
    const Content first = run(file, overrides);
    REQUIRE(first.size() > 5);
    CHECK(same_bits(first, run(file, overrides)));
    std::vector<std::string> other = overrides;
    other.push_back(varied);
    CHECK_FALSE(same_bits(first, run(file, other)));  // the comparison can tell runs apart
  }
}

}  // namespace

TEST_CASE("the same seed twice gives the same bits: a GAN") {
  check("gan_ring.yaml",
        {"trainer.steps=120", "metrics.mode_coverage.every=50", "log.metrics.every=1",
         "log.samples={every: 60, count: 100}",
         "log.tensors=[{values: '*', every: 40}, {gradients: '*', every: 40}, {updates: '*', every: 40}, "
         "{slots: '*', every: 40}, {values: '*', histogram: true, every: 40}]"},
        "seed=2");
}

TEST_CASE("the same seed twice gives the same bits: a VAE with dropout and batch normalization") {
  check("vae_glyphs.yaml",
        {"trainer.steps=2 epochs", "metrics.negative_elbo.every=1 epochs", "dataset.examples=1000",
         "dataset.test_examples=200",
         "model.encoder={hidden: [64], activation: relu, batch_norm: true, dropout: 0.2}",
         "log.metrics.every=1", "log.tensors=[{values: '*', every: 10}]"},
        "seed=2");
}

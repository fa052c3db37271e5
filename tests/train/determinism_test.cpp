#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#include "descent/runlog/log_reader.hpp"
#include "descent/train/run.hpp"
#include "support/experiment_text.hpp"

// The same binary, experiment, seed and threads give the same bits in every dataset of the log but wall_time.

namespace {

using Content = std::map<std::string, std::vector<double>>;

Content content_of(const std::filesystem::path& log_file) {
  const descent::LogReader log(log_file);
  Content content;
  for (const auto& set : log.sets()) {
    const auto steps = log.steps(set.name);
    content[set.name + " steps"].assign(steps.begin(), steps.end());
    for (const auto& column : set.columns)
      content[set.name + " " + column.name] = log.column(set.name, column.name);
  }
  for (const auto& series : log.series()) {
    for (std::int64_t i = 0; i < series.snapshots; ++i)
      content[series.path + " " + std::to_string(i)] = log.snapshot(series.path, i);
  }
  return content;
}

bool same_bits(const Content& a, const Content& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.size() == y.second.size() &&
           std::memcmp(x.second.data(), y.second.data(), x.second.size() * sizeof(double)) == 0;
  });
}

Content run(const std::string& file, std::vector<std::string> overrides) {
  const descent::testing::ScratchFolder folder;
  const auto experiment = descent::testing::shipped_experiment(file, overrides);
  descent::RunOptions options;
  options.root = folder.path;
  const auto result = descent::run_experiment(experiment, descent::testing::test_registry(), options);
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

TEST_CASE("the same seed twice gives the same bits: a VAE with dropout and batch normalisation") {
  check("vae_glyphs.yaml",
        {"trainer.steps=2 epochs", "metrics.negative_elbo.every=1 epochs", "dataset.examples=1000",
         "dataset.test_examples=200",
         "model.encoder={hidden: [64], activation: relu, batch_norm: true, dropout: 0.2}",
         "log.metrics.every=1", "log.tensors=[{values: '*', every: 10}]"},
        "seed=2");
}

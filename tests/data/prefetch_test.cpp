#include <catch2/catch.hpp>

#include "descent/data/prefetcher.hpp"
#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"
#include "support/log_content.hpp"

using namespace descent;
using namespace descent::testing;

// Batches that are filled beforehand are the same ones, and so is all that goes wrong with them.

namespace {

/// Example i is the number i; one of them cannot be read.
class Numbered final : public Dataset {
 public:
  explicit Numbered(std::int64_t unreadable = -1) : unreadable_(unreadable) {}
  Fields fields() const override { return {{.name = "index"}}; }
  std::optional<std::int64_t> size(Split) const override { return 10; }
  void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
    Tensor rows = batch.rows("index");
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] == unreadable_) throw RunError("example 7 cannot be read");
      rows.data()[i] = static_cast<Scalar>(indices[i]);
    }
  }

 private:
  std::int64_t unreadable_;
};

/// What a run deals, step by step: two batches of at most three examples each.
class Dealt {
 public:
  Dealt(const Dataset& data, bool prefetch) : sampler(data, 1, 3, 0, false) {
    for (int i = 0; i < 2; ++i) batches.emplace_back(data.fields(), 3);
    if (prefetch)
      source = std::make_unique<data::Prefetcher>(sampler, data.fields(), 3, batches.size());
    else
      source = std::make_unique<data::DirectSource>();
  }

  std::vector<double> next_batch(std::int64_t step) {
    source->next(step, sampler, batches);
    source->announce(step + 1, sampler.cursor(), 1000);
    std::vector<double> numbers;
    for (const Batch& batch : batches)
      for (const double number : batch["index"].value().to_doubles()) numbers.push_back(number);
    return numbers;
  }
  std::int64_t taken() const { return dynamic_cast<const data::Prefetcher&>(*source).taken(); }

  data::Sampler sampler;
  std::vector<Batch> batches;
  std::unique_ptr<data::BatchSource> source;
};

// Partial batches, an epoch that ends in the middle of a step, metrics that read the data in between.
const char* const vae = R"(
name: ahead
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: elbo
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 16, steps: 40, validation: 10, prefetch: PREFETCH}
metrics: [{plugin: objective, every: 7}, {plugin: objective, name: held_out, split: validation, every: 5}]
log: {tensors: [{values: "*", every: 5}]}
)";

const char* const gan = R"(
name: ahead
dataset: gaussian_ring
model: {plugin: gan, generator: {hidden: [8]}, discriminator: {hidden: [8]}}
loss: non_saturating
optimizer: adam
trainer: {batch_size: 16, steps: 40, turns: [{discriminator: 3}, {generator: 1}], prefetch: PREFETCH}
metrics: [{plugin: mode_coverage, samples: 50, every: 7}]
log: {tensors: [{values: "*", every: 5}]}
)";

run::RunResult run_of(std::string yaml, const std::string& prefetch, const std::filesystem::path& root) {
  yaml.replace(yaml.find("PREFETCH"), 8, prefetch);
  run::RunOptions options;
  options.root = root;
  const run::RunResult result = run::run_experiment(experiment_of(yaml), test_registry(), options);
  REQUIRE(result.status == runlog::RunStatus::done);
  return result;
}

}  // namespace

TEST_CASE("a run that fills its batches beforehand has the same bits in its log") {
  for (const char* yaml : {vae, gan}) {
    const ScratchFolder root;
    const run::RunResult with = run_of(yaml, "true", root.path / "with");
    const run::RunResult without = run_of(yaml, "false", root.path / "without");
    CHECK(first_difference(content_of(with.directory / "log.h5"), content_of(without.directory / "log.h5")) ==
          "");
  }
}

TEST_CASE("a run may be gone on with with or without filling batches beforehand") {
  const ScratchFolder root;
  std::string half = vae;
  half.replace(half.find("steps: 40"), 9, "steps: 17");
  const run::RunResult whole = run_of(vae, "true", root.path / "whole");
  for (const std::string prefetch : {"true", "false"}) {
    const run::RunResult begun = run_of(half, prefetch, root.path / prefetch);
    const run::RunResult rest =
        run::resume_run(begun.directory, test_registry(), {.overrides = {"trainer.steps=40"}}, {});
    CHECK(first_difference(content_of(rest.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
          "");
  }
}

TEST_CASE("batches that were filled beforehand are dealt as they would have been, and the cursor with them") {
  const Numbered data;
  Dealt ahead(data, true), plain(data, false);
  for (std::int64_t step = 1; step <= 20; ++step) {
    CHECK(ahead.next_batch(step) == plain.next_batch(step));
    CHECK(ahead.sampler.cursor() == plain.sampler.cursor());
  }
  CHECK(ahead.taken() == 19);
}

TEST_CASE("what was filled beforehand is dropped when another step or another place in the data is wanted") {
  const Numbered data;
  Dealt ahead(data, true), plain(data, false);
  ahead.next_batch(1);
  for (Dealt* source : {&ahead, &plain}) source->sampler.set_cursor({.epoch = 3, .position = 6});
  CHECK(ahead.next_batch(2) == plain.next_batch(2));
  CHECK(ahead.next_batch(9) == plain.next_batch(9));
  CHECK(ahead.taken() == 0);
  CHECK(ahead.next_batch(10) == plain.next_batch(10));
  CHECK(ahead.taken() == 1);
}

TEST_CASE("what goes wrong beforehand is told at the step that it belongs to") {
  const Numbered data(7);
  const auto failing_step = [&](bool prefetch) {
    Dealt source(data, prefetch);
    for (std::int64_t step = 1;; ++step) {
      try {
        source.next_batch(step);
      } catch (const RunError& error) {
        CHECK(std::string(error.what()) == "example 7 cannot be read");
        return step;
      }
    }
  };
  CHECK(failing_step(false) > 1);  // otherwise nothing was filled beforehand
  CHECK(failing_step(true) == failing_step(false));
}

TEST_CASE("a prefetcher that nobody waits for ends") {
  const Numbered data(7);
  Dealt dealt(data, true);
  dealt.source->announce(1, {.epoch = 2, .position = 3}, 1000);
}

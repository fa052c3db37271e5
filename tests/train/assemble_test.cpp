#include "descent/run/assemble.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;

// A training by itself makes no thread and loads no run; what a program lends to it changes no bit.

namespace {

const std::string vae =
    "dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}\n"
    "model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}\n"
    "loss: elbo\n"
    "optimizer: adam\n"
    "trainer: {batch_size: 16, steps: 20, prefetch: true}\n"
    "metrics: [objective]\n";

/// Counts how it is used.
class CountedSource final : public data::BatchSource {
 public:
  struct Counts {
    int next = 0, announced = 0, waited = 0;
    std::int64_t capacity = 0;
    std::size_t batches = 0;
  };
  explicit CountedSource(Counts& counts) : counts_(counts) {}
  void next(std::int64_t step, data::Sampler& sampler, std::vector<Batch>& batches) override {
    ++counts_.next;
    direct_.next(step, sampler, batches);
  }
  void announce(std::int64_t, const data::Sampler::Cursor&, std::int64_t) override { ++counts_.announced; }
  void wait() override { ++counts_.waited; }

 private:
  data::DirectSource direct_;
  Counts& counts_;
};

std::unique_ptr<train::Training> counted(const std::string& yaml, CountedSource::Counts& counts,
                                         const std::vector<std::string>& overrides = {}) {
  train::Resources resources;
  resources.batches = [&counts](const data::Sampler&, const Fields&, std::int64_t capacity,
                                std::size_t batches) {
    counts.capacity = capacity;
    counts.batches = batches;
    return std::make_unique<CountedSource>(counts);
  };
  return train::assemble(experiment_of(yaml, overrides), std::move(resources));
}

std::ptrdiff_t threads() {
  using Entries = std::filesystem::directory_iterator;
  return std::distance(Entries("/proc/self/task"), Entries());
}

}  // namespace

TEST_CASE("a training without resources plays the same steps as a run's") {
  for (const char* count : {"threads=1", "threads=2"}) {
    const auto alone = train::assemble(experiment_of(vae, {count}));
    const auto of_a_run = run::assemble(experiment_of(vae, {count}));
    play(*alone, 20);
    play(*of_a_run, 20);
    CHECK(whole_state(*alone) == whole_state(*of_a_run));
  }
}

TEST_CASE("a training makes no thread to fill batches; a run's has one") {
  const std::ptrdiff_t before = threads();
  {
    const auto with_data = train::assemble(experiment_of(vae));
    CHECK(threads() == before);
  }
  {
    const auto with_data = run::assemble(experiment_of(vae));
    CHECK(threads() == before + 1);  // fills batches
  }
}

TEST_CASE("steps take their batches from the source that was handed in, and announce those of the next") {
  CountedSource::Counts counts;
  const auto training = counted(vae, counts);
  CHECK(counts.capacity == 16);
  CHECK(counts.batches == 1);
  play(*training, 20);
  CHECK(counts.next == 20);
  CHECK(counts.announced == 19);  // none follows the last step
}

TEST_CASE("no source is asked for where there is no data set") {
  CountedSource::Counts counts;
  const auto point =
      counted("model: test_point\nloss: test_quadratic\noptimizer: sgd\ntrainer: {steps: 3}\n", counts);
  play(*point, 3);
  CHECK(counts.capacity == 0);
}

TEST_CASE("whoever looks at a model waits until nobody reads the data set") {
  CountedSource::Counts counts;
  const auto training = counted(vae, counts);
  play(*training, 2);
  CHECK(counts.waited == 0);
  measured(*training, "objective");
  CHECK(counts.waited == 1);
  training->generate(4);
  CHECK(counts.waited == 2);
  training->generate(4, {.seed = 1}, [](const auto&, const auto&) {});
  CHECK(counts.waited == 3);
}

TEST_CASE("a training that nobody lends a loader of runs refuses a metric that looks at a run") {
  CHECK(error_of([] {
          train::assemble(
              experiment_of("model: test_point\nloss: test_quadratic\noptimizer: sgd\ntrainer: {steps: 3}\n"
                            "metrics: [{plugin: test_distance, reference: /nowhere/at/all}]\n"));
        }) ==
        "test.yaml:5:11: metric 'test_distance' looks at the run /nowhere/at/all, but this program loads no "
        "runs; give assemble() a 'load_run', or leave the metric out");
}

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "descent/data/number_check.hpp"
#include "descent/data/prefetcher.hpp"
#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"
#include "support/log_content.hpp"
#include "support/npy_file.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

// Data that are read block by block, in an order that the data set proposes.

namespace {

std::shared_ptr<Dataset> open_by_blocks(const std::filesystem::path& file, double window,
                                        double test_examples) {
  Value section = Value::map();
  section.set("path", Value::of(file.string()));
  section.set("memory", Value::of(0.0));
  section.set("window", Value::of(window));
  section.set("test_examples", Value::of(test_examples));
  Diagnostics problems;
  auto dataset = test_registry().load(PluginKind::dataset, "npy").create<Dataset>(section, problems);
  problems.throw_if_any();
  dataset->open();
  return dataset;
}

std::vector<std::int64_t> epoch_of(const Dataset& dataset, data::Sampler& sampler, std::int64_t batch_size) {
  std::vector<std::int64_t> dealt;
  Batch batch(dataset.fields(), batch_size);
  const std::int64_t epoch = sampler.cursor().epoch;
  while (sampler.cursor().epoch == epoch) {
    sampler.next(batch, 0, 0);
    for (std::int64_t row = 0; row < batch.size(); ++row)
      dealt.push_back(
          static_cast<std::int64_t>(batch["x"].value().data()[row * batch["x"].value().columns()]));
  }
  return dealt;
}

std::string by_blocks(const std::filesystem::path& file, const std::string& steps,
                      const std::string& prefetch = "false") {
  return "name: blocks\ndataset: {plugin: npy, path: " + file.string() +
         ", fields: image, memory: 0, window: 0.002, test_examples: 60}\n"
         "model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}\n"
         "loss: elbo\noptimizer: [adam, {plugin: ema}]\n"
         "trainer: {batch_size: 16, validation: 40, steps: " +
         steps + ", prefetch: " + prefetch +
         "}\n"
         "metrics: [{plugin: objective, every: 7}, {plugin: objective, name: held_out, split: validation, "
         "every: 5}]\n"
         "log: {tensors: [{values: \"*\", every: 5}]}\n";
}

run::RunResult run_of(const std::string& yaml, const std::filesystem::path& root) {
  run::RunOptions options;
  options.root = root;
  return run::run_experiment(experiment_of(yaml), test_registry(), options);
}

}  // namespace

TEST_CASE(
    "an epoch has every example once but the ones set aside, in the same order for the same seed and epoch") {
  const ScratchFolder folder;
  const bool held = rc::check([&] {
    const auto rows = *rc::gen::inRange<std::int64_t>(20, 700);
    const auto width = *rc::gen::inRange<std::int64_t>(1, 5);
    const auto validation = *rc::gen::inRange<std::int64_t>(0, 10);
    const auto test = *rc::gen::inRange<std::int64_t>(0, 5);
    const double window = *rc::gen::element(0.00001, 0.0005, 0.002, 1.0);
    const auto file = write_npy(folder, rows, width, [&](std::int64_t i) {
      const std::int64_t row = i / width;
      return static_cast<float>(row);
    });
    const auto dataset = open_by_blocks(file, window, double(test));
    data::Sampler sampler(*dataset, 3, 8, validation, false), again(*dataset, 3, 8, validation, false),
        other(*dataset, 4, 8, validation, false);
    RC_ASSERT(sampler.has_reading_order());
    const auto first = epoch_of(*dataset, sampler, 8);
    const auto second = epoch_of(*dataset, sampler, 8);
    RC_ASSERT(epoch_of(*dataset, again, 8) == first);
    RC_ASSERT(epoch_of(*dataset, again, 8) == second);
    RC_ASSERT(second != first);
    RC_ASSERT(epoch_of(*dataset, other, 8) != first);
    RC_ASSERT(std::ssize(first) == rows - validation - test);
    std::set<std::int64_t> dealt(first.begin(), first.end());
    RC_ASSERT(std::ssize(dealt) == std::ssize(first));
    RC_ASSERT(dealt == std::set<std::int64_t>(second.begin(), second.end()));
    // From the middle of an epoch on, as after a resume.
    again.set_cursor({.epoch = 1, .position = 8});
    const auto rest = epoch_of(*dataset, again, 8);
    RC_ASSERT(std::equal(rest.begin(), rest.end(), second.begin() + 8, second.end()));
  });
  CHECK(held);
}

TEST_CASE("blocks are read in a random order and mixed, and few at a time") {
  const ScratchFolder folder;
  constexpr std::int64_t rows = 20000, block = 40;
  const auto file = write_npy(folder, rows, 1, [](std::int64_t i) { return static_cast<float>(i); });
  const auto dataset = open_by_blocks(file, 64.0 * 4 * block / (1 << 20), 0);
  data::Sampler sampler(*dataset, 1, 100, 0, false);
  const auto dealt = epoch_of(*dataset, sampler, 100);
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>>
      seen;  // of each block, its first and last place
  for (std::int64_t place = 0; place < rows; ++place)
    seen.try_emplace(dealt[static_cast<std::size_t>(place)] / block, place, place).first->second.second =
        place;
  std::int64_t longest = 0;
  for (const auto& [number, places] : seen) longest = std::max(longest, places.second - places.first);
  CHECK(seen.size() == rows / block);
  CHECK(longest <= 65 * block);  // a window of 64 blocks, and the length of a part
  // One after the other: the first appearance of blocks is in no order of the file.
  std::vector<std::pair<std::int64_t, std::int64_t>> appearance;
  for (const auto& [number, places] : seen) appearance.emplace_back(places.first, number);
  std::sort(appearance.begin(), appearance.end());
  std::int64_t rising = 0;
  for (std::size_t i = 1; i < appearance.size(); ++i)
    rising += appearance[i].second > appearance[i - 1].second ? 1 : 0;
  CHECK(rising > 150);
  CHECK(rising < 350);
  // A batch in the middle of the epoch has examples of most blocks of the window.
  std::set<std::int64_t> blocks;
  for (std::int64_t place = 10000; place < 10100; ++place)
    blocks.insert(dealt[static_cast<std::size_t>(place)] / block);
  CHECK(blocks.size() > 40);
}

TEST_CASE(
    "a run on data read by blocks has the same bits killed and resumed, and whoever makes its batches") {
  const ScratchFolder root;
  const auto file = write_npy(root, 700, 4, [](std::int64_t i) { return static_cast<float>(i % 13) / 13; });
  const run::RunResult whole = run_of(by_blocks(file, "60"), root.path / "whole");
  REQUIRE(whole.status == runlog::RunStatus::done);
  const run::RunResult half = run_of(by_blocks(file, "27"), root.path / "half");
  const run::RunResult rest =
      run::resume_run(half.directory, test_registry(), {.overrides = {"trainer.steps=60"}}, {});
  CHECK(first_difference(content_of(rest.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
  const run::RunResult asked = run_of(by_blocks(file, "60", "true"), root.path / "asked");
  CHECK(first_difference(content_of(asked.directory / "log.h5"), content_of(whole.directory / "log.h5")) ==
        "");
}

TEST_CASE("numbers are checked as they are read, and named by their example") {
  const ScratchFolder root;
  const auto file = write_npy(root, 700, 4, [](std::int64_t i) { return i == 4 * 321 + 2 ? NAN : 0.5F; });
  const run::RunResult result = run_of(by_blocks(file, "2 epochs"), root.path / "run");
  CHECK(result.status == runlog::RunStatus::failed);
  CHECK_THAT(result.reason, Contains("dataset 'npy'") && Contains("'image' of ") &&
                                Contains(" holds nan; every number must be finite"));
}

TEST_CASE("a batch holds finite numbers and labels that are classes, or the first that is neither is named") {
  Batch batch({{.name = "x", .shape = {2}}, {.name = "label", .classes = 3}}, 2);
  const std::vector<std::int64_t> indices = {7, 5};
  const auto problem = [&](double x, double label) {
    batch.rows("x").fill(0);
    batch.rows("label").fill(0);
    batch.rows("x").data()[3] = static_cast<Scalar>(x);
    batch.rows("label").data()[0] = static_cast<Scalar>(label);
    return error_of([&] { data::check_numbers(batch, Split::train, indices); });
  };
  CHECK(problem(-1e30, 2) == "no error");
  CHECK(problem(INFINITY, 0) == "'x' of training example 5 holds inf; every number must be finite");
  CHECK(problem(0, 3) == "'label' of training example 7 holds 3, which is none of 3 classes (from 0)");
  CHECK_THAT(problem(0, 0.5), Contains("'label' of training example 7 holds 0.5"));
  CHECK_THAT(problem(0, -1), Contains("'label' of training example 7 holds -1"));
  CHECK_THAT(problem(0, NAN), Contains("holds nan"));
}

TEST_CASE("batches are filled several steps ahead, as they would have been one by one") {
  const ScratchFolder folder;
  const auto file = write_npy(folder, 300, 2, [](std::int64_t i) {
    const std::int64_t row = i / 2;
    return static_cast<float>(row);
  });
  const auto dataset = open_by_blocks(file, 0.001, 0);
  const auto fields = dataset->fields();
  const auto plain_data = open_by_blocks(file, 0.001, 0);
  data::Sampler sampler(*dataset, 1, 7, 20, false), plain_sampler(*plain_data, 1, 7, 20, false);
  std::vector<Batch> batches, plain;
  for (int i = 0; i < 2; ++i) {
    batches.emplace_back(fields, 7);
    plain.emplace_back(fields, 7);
  }
  data::Prefetcher ahead(sampler, fields, 7, 2, 5);
  data::DirectSource direct;
  constexpr std::int64_t last = 90;
  for (std::int64_t step = 1; step <= last; ++step) {
    ahead.next(step, sampler, batches);
    direct.next(step, plain_sampler, plain);
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(batches[i]["x"].value().to_doubles() == plain[i]["x"].value().to_doubles());
    CHECK(sampler.cursor() == plain_sampler.cursor());
    if (step % 10 == 0) ahead.wait();  // as before a metric, which reads the data set
    if (step < last) ahead.announce(step + 1, sampler.cursor(), last);
  }
  CHECK(ahead.taken() == last - 1);
}

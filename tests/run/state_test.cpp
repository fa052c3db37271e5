#include "descent/run/state.hpp"

#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "descent/base/process.hpp"
#include "support/experiment_text.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

static constexpr std::int64_t steps_after = 7;

// Everything that training on depends on.
static std::vector<std::uint64_t> bits(train::Training& training) {
  std::vector<double> numbers = whole_state(training);
  numbers.push_back(static_cast<double>(training.step()));
  if (training.sampler() != nullptr) {
    numbers.push_back(static_cast<double>(training.sampler()->cursor().epoch));
    numbers.push_back(static_cast<double>(training.sampler()->cursor().position));
  }
  std::vector<std::uint64_t> all;
  for (const double number : numbers) all.push_back(std::bit_cast<std::uint64_t>(number));
  return all;
}

static void write(const fs::path& file, const std::vector<std::uint64_t>& words) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(8 * words.size()));
}

static std::vector<std::uint64_t> words_of(const fs::path& file) {
  std::vector<std::uint64_t> words(fs::exists(file) ? fs::file_size(file) / 8 : 0);
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(words.data()), static_cast<std::streamsize>(8 * words.size()));
  return words;
}

// Goes on with every state of a folder, in a process that knows nothing but what is in the files.
TEST_CASE("continues what another process began", "[.continue]") {
  const char* folder = std::getenv("DESCENT_TEST_DIRECTORY");
  REQUIRE(folder != nullptr);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto training = training_of(content(entry.path()));
    run::load_state(*training, fs::path(entry.path()).replace_extension(".h5"));
    play(*training, steps_after);
    write(fs::path(entry.path()).replace_extension(".bits"), bits(*training));
  }
}

// The exit code of this program, started anew for the case above.
static int continue_in_fresh_process(const fs::path& folder) {
  setenv("DESCENT_TEST_DIRECTORY", folder.c_str(), 1);
  const ProcessResult result =
      run_process({.command = {"test_run", "[.continue]"}, .program = "/proc/self/exe"});
  return result.end.shell_code();
}

// Saves experiments in the middle, lets a fresh process go on with them, and does the same here without a
// break.
static void check_continuation(const std::vector<std::pair<std::string, std::string>>& experiments,
                               std::int64_t steps_before) {
  const ScratchFolder folder;
  std::vector<std::unique_ptr<train::Training>> trainings;
  for (const auto& [name, text] : experiments) {
    INFO(name);
    std::ofstream(folder.path / (name + ".yaml")) << text;
    trainings.push_back(training_of(text));
    play(*trainings.back(), steps_before);
    run::save_state(*trainings.back(), {}, folder.path / (name + ".h5"));
    const auto before = bits(*trainings.back());
    play(*trainings.back(), steps_after);
    CHECK(bits(*trainings.back()) != before);
  }
  REQUIRE(continue_in_fresh_process(folder.path) == 0);
  for (std::size_t i = 0; i < experiments.size(); ++i) {
    INFO(experiments[i].first);
    CHECK(words_of(folder.path / (experiments[i].first + ".bits")) == bits(*trainings[i]));
  }
}

// Dropout, batch normalization, noise of the posterior, partial batches, a schedule and a validation split.
static const std::string vae = R"(
seed: 3
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 1}
model:
  plugin: vae
  latent: 2
  encoder: {hidden: [12], activation: relu, batch_norm: true, dropout: 0.2}
  decoder: {hidden: [12], activation: relu, batch_norm: true}
loss: {plugin: elbo, beta: {schedule: linear, from: 0, to: 1, steps: 15}}
optimizer: [{plugin: clip_norm, max: 5}, {plugin: test_noise, stddev: 0.01}, {plugin: adam, learning_rate: 0.01}, test_ema]
trainer: {batch_size: 16, steps: 100, validation: 10}
)";

// A data set without end, with several updates in a step, and two players with optimizers of their own.
static const std::string gan = R"(
dataset: {plugin: gaussian_ring, modes: 4}
model: {plugin: gan, generator: {hidden: [8], activation: relu}, discriminator: {hidden: [8], activation: leaky_relu}}
loss: non_saturating
optimizer:
  generator: {plugin: adam, beta1: 0.5}
  discriminator: [{plugin: test_accumulate, every: 3}, {plugin: adam, beta1: 0.5}]
trainer: {batch_size: 16, steps: 100, turns: [{discriminator: 2}, {generator: 1}]}
)";

static std::string replaced(std::string text, const std::string& old, const std::string& by) {
  return text.replace(text.find(old), old.size(), by);
}

TEST_CASE("a state that a fresh process goes on with trains on to the same bits") {
  // In the middle of an epoch of three batches.
  check_continuation(
      {{"vae", vae}, {"gan", gan}, {"finite", replaced(gan, "modes: 4", "modes: 4, samples: 100")}}, 8);
}

TEST_CASE("every optimizer's state is complete") {
  std::vector<std::pair<std::string, std::string>> experiments;
  for (const PluginInfo& plugin : test_registry().plugins()) {
    const bool wrong = plugin.library.filename().string().find("test_wrong") != std::string::npos;
    if (plugin.kind != PluginKind::optimizer || wrong) continue;
    // What only takes matrices has them here, and leaves the vectors to another rule.
    experiments.emplace_back(
        plugin.name,
        "dataset: {plugin: test_table, examples: 10}\n"
        "model: {plugin: mlp, input: x, target: target, network: {hidden: [3], activation: tanh}}\n"
        "loss: mean_squared_error\ntrainer: {steps: 100, batch_size: 4}\n"
        "optimizer:\n  - {plugin: " +
            plugin.name + ", fallback: test_descent}\n  - {plugin: sgd, learning_rate: 1.0e-3}\n");
  }
  CHECK(experiments.size() > 5);
  check_continuation(experiments, 4);
}

TEST_CASE("the record comes back as it was saved") {
  const ScratchFolder folder;
  const auto training = training_of(vae);
  run::RunRecord record;
  record.experiment_hash = "abc";
  record.plugin_hashes = {{"model/vae", "1f"}, {"optimizer/adam", "2e"}};
  record.row_counts = {{"metrics/train", 12}};
  record.stopping = {0.25, 7, 300, 2};
  run::save_state(*training, record, folder.path / "state.h5");
  const run::RunRecord loaded = run::load_state(*training, folder.path / "state.h5");
  CHECK(loaded.experiment_hash == record.experiment_hash);
  CHECK(loaded.plugin_hashes == record.plugin_hashes);
  CHECK(loaded.row_counts == record.row_counts);
  CHECK(loaded.stopping.best == 0.25);
  CHECK(loaded.stopping.measured == 7);
  CHECK(loaded.stopping.best_step == 300);
  CHECK(loaded.stopping.without_improvement == 2);
}

TEST_CASE("a state of another shape is refused by the name of what does not fit, and changes nothing") {
  const ScratchFolder folder;
  const fs::path file = folder.path / "state.h5";
  const auto saved = training_of(vae);
  play(*saved, 2);
  run::save_state(*saved, {}, file);
  const auto refusal = [&](const std::string& old, const std::string& by) {
    const auto training = training_of(replaced(vae, old, by));
    const auto before = bits(*training);
    const std::string message = error_of([&] { run::load_state(*training, file); });
    CHECK(bits(*training) == before);
    CHECK_THAT(message, Contains(file.string()));
    return message;
  };
  CHECK_THAT(refusal("hidden: [12]", "hidden: [13]"), Contains("parameters/encoder.0.weight"));
  CHECK_THAT(refusal("hidden: [12]", "hidden: [12, 12]"), Contains("encoder.2"));
  CHECK_THAT(refusal(", test_ema]", ", test_ema, {plugin: sgd, momentum: 0.5}]"), Contains("5_sgd.momentum"));
  CHECK_THAT(refusal("{plugin: clip_norm, max: 5}, ", ""),
             Contains("slots/2_adam.first_moment/encoder.0.weight"));
  CHECK_THAT(error_of([&] { run::load_state(*saved, folder.path / "none.h5"); }), Contains("none.h5"));
}

TEST_CASE("rules that stand twice in a chain or in a fallback are told apart in a state") {
  const ScratchFolder folder;
  const std::string chain = R"(
dataset: {plugin: test_table, examples: 8}
model: {plugin: mlp, input: x, target: target, network: {hidden: [3], activation: tanh}}
loss: mean_squared_error
trainer: {steps: 10, batch_size: 8}
optimizer:
  - {plugin: sgd, learning_rate: 0.1, momentum: 0.5}
  - plugin: test_matrix_rule
    fallback: [{plugin: sgd, learning_rate: 0.1, momentum: 0.9}, {plugin: sgd, learning_rate: 0.1, momentum: 0.8}]
)";
  const auto training = training_of(chain), other = training_of(chain);
  play(*training, 3);
  run::save_state(*training, {}, folder.path / "state.h5");
  run::load_state(*other, folder.path / "state.h5");
  CHECK(bits(*training) == bits(*other));
}

TEST_CASE("loading a state is a write of the parameters") {
  const ScratchFolder folder;
  const auto training = training_of(vae);
  const Tensor& values = training->arenas()[0]->values();
  play(*training, 1);
  run::save_state(*training, {}, folder.path / "state.h5");
  const std::uint64_t before = values.version();
  run::load_state(*training, folder.path / "state.h5");
  CHECK(values.version() > before);
}

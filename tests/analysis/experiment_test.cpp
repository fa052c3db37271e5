#include <catch2/catch.hpp>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/experiment/yaml.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

static const std::string two_players = R"(name: test
model: {plugin: gan, latent: 2}
dataset: gaussian_ring
loss: [{plugin: non_saturating}, {plugin: l2, name: decay, weight: 0.5}]
optimizer:
  generator: [{plugin: clip_norm, max: 1}, {plugin: adam, learning_rate: 2.0e-4}]
  discriminator: {plugin: adam, beta1: 0.5}
trainer: {steps: 20}
)";

static std::string frozen(const std::vector<std::string>& overrides = {}) {
  return experiment::to_yaml(experiment_of(two_players, overrides).resolved);
}

TEST_CASE("options are addressed as on the command line") {
  analysis::ExperimentReader reader;
  const analysis::FrozenExperiment experiment = reader.parse(frozen(), "experiment.yaml");
  CHECK(experiment.text("name") == "test");
  CHECK(experiment.text("model.latent") == "2");
  CHECK(experiment.text("optimizer.generator.clip_norm.max") == "1");
  CHECK(experiment.text("optimizer.generator.adam.learning_rate") == "0.0002");
  CHECK(experiment.text("optimizer.discriminator.beta1") == "0.5");
  CHECK(experiment.text("loss.decay.weight") == "0.5");
  CHECK(experiment.text("model.generator.hidden").starts_with('['));
  CHECK(experiment.option("optimizer.discriminator.beta1")->value == Value::of(0.5));
  CHECK(experiment.option("optimizer.beta1") == nullptr);
  // The name of an entry that is its plugin's is no option of its own.
  CHECK(experiment.option("optimizer.discriminator.name") == nullptr);
  CHECK(experiment.text("loss.decay.name") == "decay");
  CHECK(experiment.section("trainer") != nullptr);
  CHECK(experiment.section("trainre") == nullptr);
}

TEST_CASE("what is the same in two experiments is one object, and the rest is what differs") {
  analysis::ExperimentReader reader;
  const auto read = [&](const std::vector<std::string>& overrides) {
    return reader.parse(frozen(overrides), "experiment.yaml");
  };
  const analysis::FrozenExperiment base = read({});
  const analysis::FrozenExperiment other = read({"optimizer.discriminator.beta1=0.9", "seed=2"});
  CHECK(base.section("model") == other.section("model"));
  CHECK(base.section("optimizer") != other.section("optimizer"));
  CHECK(analysis::differing_options({base, read({})}).empty());
  CHECK(analysis::differing_options({base, other, base}) ==
        std::vector<std::string>{"seed", "optimizer.discriminator.beta1"});
  CHECK(analysis::differing_options({base, read({"optimizer.generator.clip_norm.max=1.0"})}).empty());
  // Another plugin: its name and the options that only one of them has.
  const std::vector<std::string> plugin =
      analysis::differing_options({base, read({"optimizer.discriminator={plugin: sgd}"})});
  const auto has = [&](const char* path) {
    return std::find(plugin.begin(), plugin.end(), path) != plugin.end();
  };
  CHECK(has("optimizer.discriminator.plugin"));
  CHECK(has("optimizer.discriminator.beta1"));
  CHECK(has("optimizer.discriminator.momentum"));
  CHECK_FALSE(has("optimizer.generator.clip_norm.max"));
  // A section that only one has.
  CHECK(analysis::differing_options(
            {reader.parse("name: a\n", "a"), reader.parse("name: a\nnote: b\n", "b")}) ==
        std::vector<std::string>{"note"});
}

TEST_CASE("sections that are parsed one by one say what the whole says") {
  const Value whole = experiment_of(two_players).resolved;
  const analysis::FrozenExperiment parts =
      analysis::ExperimentReader().parse(experiment::to_yaml(whole), "experiment.yaml");
  REQUIRE(parts.sections().size() == whole.entries().size());
  for (std::size_t i = 0; i < whole.entries().size(); ++i) {
    CHECK(parts.sections()[i]->key == whole.entries()[i].key);
    CHECK(parts.sections()[i]->value == whole.entries()[i].value);
  }
}

TEST_CASE("what is no resolved experiment is named") {
  analysis::ExperimentReader reader;
  CHECK_THROWS_WITH(reader.parse("just a text", "x.yaml"), Contains("x.yaml"));
  CHECK_THROWS_WITH(reader.parse("- 1\n", "x.yaml"), Contains("x.yaml"));
  CHECK_THROWS_WITH(reader.parse("a: {b: 1\n", "x.yaml"), Contains("x.yaml"));
  CHECK_THROWS_WITH(reader.read("/no/such/run"), Contains("/no/such/run/experiment.yaml"));
}

TEST_CASE("a key path holds what lies below it") {
  CHECK(analysis::lies_below("optimizer.adam.beta1", "optimizer.adam"));
  CHECK(analysis::lies_below("optimizer", "optimizer"));
  CHECK_FALSE(analysis::lies_below("optimizers", "optimizer"));
  CHECK_FALSE(analysis::lies_below("optimizer", "optimizer.adam"));
}

#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;

// Each write of parameters makes their versions one greater: the writes are counted here.
namespace {

std::uint64_t version(train::Training& training) {
  return training.arenas()[0]->values().version();
}

std::unique_ptr<train::Training> training_with(const std::string& optimizer) {
  return training_of("model: {plugin: point, start: [-1.2, 1.0]}\nloss: rosenbrock\noptimizer: " + optimizer +
                     "\ntrainer: {steps: 100}\nmetrics: [{plugin: objective, every: 100}]\n");
}

}  // namespace

TEST_CASE("first values have a version, which all views of the arena share") {
  const auto training = training_with("{plugin: sgd, learning_rate: 1.0e-4}");
  CHECK(version(*training) > 0);
  for (const auto& parameter : training->registrar().parameters()) {
    CHECK(parameter->value.version() == version(*training));
    CHECK(parameter->variable.value().version() == version(*training));
  }
}

TEST_CASE("an update is one write") {
  const auto training = training_with("{plugin: sgd, learning_rate: 1.0e-4}");
  const std::uint64_t before = version(*training);
  play(*training, 3);
  CHECK(version(*training) == before + 3);
}

TEST_CASE("a step with a probe is three writes: the probe, the values put back, and the update") {
  const auto training = training_with("[{plugin: sam, rho: 0.01}, {plugin: sgd, learning_rate: 1.0e-4}]");
  const std::uint64_t before = version(*training);
  training->runners()[0]->probe(1, 0, {});
  CHECK(version(*training) == before + 1);
  play(*training, 1);
  CHECK(version(*training) == before + 4);
}

TEST_CASE("players that probe simultaneously put their values back, too") {
  const auto training = training_of(
      "model: {plugin: point, start: {x: [1.0], y: [0.5]}}\nloss: bilinear\n"
      "optimizer: [{plugin: extragradient}, {plugin: sgd, learning_rate: 0.1}]\n"
      "trainer: {steps: 100, turns: simultaneous}\n");
  const std::uint64_t before = std::max(version(*training), training->arenas()[1]->values().version());
  play(*training, 1);
  // Of the second player, whose write is the last of each kind.
  CHECK(training->arenas()[1]->values().version() == before + 6);
}

TEST_CASE("a look at the evaluation point is two writes: there, and the values put back") {
  const auto training = training_with("[{plugin: sgd, learning_rate: 1.0e-4}, ema]");
  play(*training, 2);
  const std::uint64_t before = version(*training);
  training->runners()[0]->write_evaluation_point(2);
  CHECK(version(*training) == before + 1);
  measured(*training, "objective");
  CHECK(version(*training) == before + 3);
}

#include <catch2/catch.hpp>

#include "plan_support.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

// What is wrong with a sweep; nothing: it can be planned.
std::vector<Diagnostic> problems_of(const std::string& experiment) {
  const ScratchFolder folder;
  try {
    sweep::plan_sweep(folder.write("valley.yaml", experiment), {}, test_registry());
  } catch (const Error& error) {
    return error.diagnostics();
  }
  return {};
}

using Found = std::vector<std::pair<int, std::string>>;

// The line and the code of each.
Found lines_and_codes(const std::string& experiment) {
  Found found;
  for (const Diagnostic& one : problems_of(experiment)) found.emplace_back(one.location.line, one.code);
  return found;
}

}  // namespace

TEST_CASE("a wrong axis hides no option of the same name elsewhere", "[sweep]") {
  const auto problems = problems_of(
      "name: two_mistakes\n"
      "model: {plugin: point, start: [1.0, 2.0]}\n"
      "loss: quadratic\n"
      "optimizer: {plugin: adam, learning_rate: {schedule: cosine, from: 0.1, to: 0}}\n"
      "trainer: {steps: 20}\n"
      "metrics: [objective]\n"
      "sweep:\n"
      "  axes: {trainer.steps: {choice: []}}\n"
      "  objective: objective/value\n");
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].location.line == 4);
  CHECK(problems[0].code == codes::missing);
  CHECK(problems[0].subject == "steps");
  CHECK_THAT(problems[0].message, Contains("schedule 'cosine' needs 'steps'"));
  CHECK(problems[1].location.line == 8);
  CHECK_THAT(problems[1].message, Contains("the axis 'trainer.steps' has no values"));
}

TEST_CASE("what a wrong axis was to give is not missed, whether its section is there or not", "[sweep]") {
  const std::string valley =
      "model: {plugin: point, start: [1.0, 2.0]}\nloss: quadratic\noptimizer: {plugin: adam}\n";
  CHECK(
      lines_and_codes(valley + "trainer: {batch_size: 1}\nsweep: {axes: {trainer.steps: {choice: []}}}\n") ==
      Found{{5, codes::invalid}});
  CHECK(lines_and_codes(valley + "sweep: {axes: {trainer.steps: {choice: []}}}\n") ==
        Found{{4, codes::invalid}});
  // The section would be there, and would lack its steps all the same.
  CHECK(lines_and_codes(valley + "sweep: {axes: {trainer.batch_size: {choice: []}}}\n") ==
        Found{{4, codes::missing}, {4, codes::invalid}});
  CHECK(lines_and_codes("model: {plugin: point}\nloss: quadratic\noptimizer: adam\ntrainer: {steps: 3}\n"
                        "sweep: {axes: {model.start: {choice: 3}}}\n") == Found{{5, codes::invalid}});
}

TEST_CASE("a wrong axis hides nothing that another section lacks", "[sweep]") {
  CHECK(lines_and_codes("model: {plugin: point, start: [1.0, 2.0]}\n"
                        "loss: quadratic\n"
                        "optimizer: {plugin: adam, learning_rate: {schedule: cosine, from: 0.1, to: 0}}\n"
                        "trainer: {batch_size: 1}\n"
                        "sweep:\n"
                        "  axes: {optimizer.learning_rate.steps: {choice: []}}\n") ==
        Found{{4, codes::missing}, {6, codes::invalid}});
}

TEST_CASE("a wrong axis and a wrong option elsewhere are both reported", "[sweep]") {
  CHECK(lines_and_codes("model: {plugin: point, start: [1.0, 2.0]}\n"
                        "loss: quadratic\n"
                        "optimizer: {plugin: adam, lerning_rate: 0.1}\n"
                        "trainer: {steps: 3}\n"
                        "sweep: {axes: {trainer.batch_size: {choice: []}}}\n") ==
        Found{{3, codes::unknown_key}, {5, codes::invalid}});
}

TEST_CASE("a wrong option under a wrong axis's own path is reported once", "[sweep]") {
  const std::string base =
      "model: {plugin: point, start: [1.0, 2.0]}\nloss: quadratic\noptimizer: adam\ntrainer: {steps: 3}\n";
  // Without a value it is never set.
  CHECK(lines_and_codes(base + "sweep: {axes: {optimizer.lerning_rate: {choice: []}}}\n") ==
        Found{{5, codes::invalid}});
  // With a right value and a wrong one, the axis and its path are wrong, each once.
  CHECK(lines_and_codes(base + "sweep: {axes: {optimizer.lerning_rate: {choice: [0.1, 0.1]}}}\n") ==
        Found{{5, codes::unknown_key}, {5, codes::invalid}});
  // The mistake is the base's, and stays one however many values the axes show.
  CHECK(lines_and_codes("model: {plugin: point, start: [1.0, 2.0]}\n"
                        "loss: quadratic\n"
                        "optimizer: {plugin: adam, beta1: 2}\n"
                        "trainer: {steps: 3}\n"
                        "sweep: {axes: {optimizer.beta1: {choice: []}, seed_of: {choice: [1, 2]}}}\n")
            .size() == 3);
}

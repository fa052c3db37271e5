#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

static std::string game(const std::string& losses, const std::string& turns = "simultaneous") {
  return "model: {plugin: test_point, start: {x: [1], y: [0.5]}}\n"
         "optimizer: {plugin: test_descent, learning_rate: 0.25}\n"
         "trainer: {steps: 100, turns: " +
         turns + "}\nloss: " + losses + "\n";
}

static std::string mistake(const std::string& which) {
  return game("{plugin: test_mistaken_game, mistake: " + which + "}");
}

// The message of the RunError that the first step throws.
static std::string failure_of(const std::string& experiment) {
  const auto training = training_of(experiment);
  try {
    play(*training, 1);
  } catch (const RunError& error) {
    return error.what();
  }
  return "no failure";
}

TEST_CASE("players may be called like each other's groups") {
  const auto training = training_of(game("test_mistaken_game", "[{x: 1}]"));
  CHECK(training->game().owner("x")->name == "y");
  CHECK(training->game().owner("y")->name == "x");
  play(*training, 1);
  CHECK(parameter(*training, "x.vector") == std::vector{1.0});
  CHECK(parameter(*training, "y.vector") == std::vector{0.375});
}

TEST_CASE("a loss that sets its terms wrongly fails with its name and place") {
  const std::string undeclared = failure_of(mistake("undeclared"));
  CHECK_THAT(undeclared, Contains("loss 'test_mistaken_game'") && Contains("sets the term 'enrgy'") &&
                             Contains("did you mean 'energy'?") && Contains("test.yaml:4:7"));
  CHECK_THAT(failure_of(mistake("twice")),
             Contains("sets the term 'energy' twice") && Contains("test.yaml:4:7"));
  CHECK(failure_of(mistake("unset")) ==
        "test.yaml:4:7: loss 'test_mistaken_game' declared the term 'energy' for player 'y' and did not set "
        "it");
}

TEST_CASE("every group has exactly one owner") {
  CHECK_THAT(error_of([] { training_of(mistake("two_owners")); }),
             Contains("test.yaml:4:7: the parameter group 'x' would belong to both 'x' and 'y'"));
  CHECK_THAT(error_of([] { training_of(mistake("no_owner")); }),
             Contains("test.yaml:4:7: no player owns the parameter group 'y'"));
  CHECK_THAT(error_of([] { training_of(mistake("no_group")); }),
             Contains("test.yaml:4:7: loss 'test_mistaken_game': player 'y' owns a group 'zz' that the model "
                      "does not have"));
}

TEST_CASE("later losses name players of the game only") {
  CHECK_THAT(
      error_of([] { training_of(game("[test_bilinear, test_mistaken_game]")); }),
      Contains("test.yaml:4:23: loss 'test_mistaken_game' names the player 'y', which the game of loss "
               "'test_bilinear' does not have; there are: minimiser, maximiser"));
  CHECK_THAT(
      error_of([] { training_of(game("[test_bilinear, {plugin: l2, players: [minimizer]}]")); }),
      Contains("test.yaml:4:23: loss 'l2' is for a player 'minimizer' that does not exist; did you mean "
               "'minimiser'?"));
  CHECK_THAT(error_of([] { training_of(game("l2")); }), Contains("test.yaml:4:7: no loss names a player"));
}

TEST_CASE("a loss that needs another role names both sides") {
  CHECK(error_of([] { training_of(game("elbo")); }) ==
        "test.yaml:4:7: loss 'elbo' plays with a model of the role LatentVariableModel, which model "
        "'test_point' does not "
        "have");
}

TEST_CASE("losses that look at each other's objectives end with an error") {
  CHECK_THAT(failure_of(game("[test_bilinear, test_consensus, {plugin: test_consensus, name: other}]")),
             Contains("without end") && Contains("test.yaml:4:"));
}

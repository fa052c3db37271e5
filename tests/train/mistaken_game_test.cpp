#include <algorithm>
#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
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

TEST_CASE("players may be called like each other's groups") {
  const auto training = training_of(game("test_mistaken_game", "[{x: 1}]"));
  CHECK(training->game().owner("x")->name == "y");
  CHECK(training->game().owner("y")->name == "x");
  play(*training, 1);
  CHECK(parameter(*training, "x.vector") == std::vector{1.0});
  CHECK(parameter(*training, "y.vector") == std::vector{0.375});
}

TEST_CASE("a loss that sets its terms wrongly is refused before the first step, with its name and place") {
  const auto failure_of = [](const std::string& which) {
    return error_of([&] { run::check_experiment(experiment_of(mistake(which))); });
  };
  const std::string undeclared = failure_of("undeclared");
  CHECK_THAT(undeclared, Contains("loss 'test_mistaken_game'") && Contains("sets the term 'enrgy'") &&
                             Contains("did you mean 'energy'?") && Contains("test.yaml:4:7"));
  CHECK_THAT(failure_of("twice"), Contains("sets the term 'energy' twice") && Contains("test.yaml:4:7"));
  CHECK(failure_of("unset") ==
        "test.yaml:4:7: loss 'test_mistaken_game' declared the term 'energy' for player 'y' and did not set "
        "it\n"
        "test.yaml:4:7: loss 'test_mistaken_game' declared the term 'energy' for player 'x' and did not set "
        "it");
}

TEST_CASE("every group has exactly one owner") {
  CHECK_THAT(
      error_of([] { training_of(mistake("two_owners")); }),
      Contains(
          "test.yaml:4:7: loss 'test_mistaken_game' gives the parameter group 'x' to the player 'y', but "
          "loss 'test_mistaken_game' gives it to 'x'"));
  CHECK_THAT(error_of([] { training_of(mistake("no_owner")); }),
             Contains("test.yaml:4:7: no player owns the parameter group 'y'"));
  CHECK_THAT(error_of([] { training_of(mistake("no_group")); }),
             Contains("test.yaml:4:7: loss 'test_mistaken_game': player 'y' owns a group 'zz' that neither "
                      "the model nor a loss has"));
}

TEST_CASE("two losses that claim one group, or the rest, for two players are both named") {
  CHECK_THAT(
      error_of([] { training_of(game("[test_bilinear, test_mistaken_game]")); }),
      Contains(
          "test.yaml:4:23: loss 'test_mistaken_game' gives the parameter group 'x' to the player 'y', but "
          "loss 'test_bilinear' gives it to 'minimizer'; a group has one player"));
  CHECK_THAT(error_of([] {
               training_of(
                   "model: {plugin: test_point, start: {x: [1, 2]}}\noptimizer: adam\ntrainer: {steps: "
                   "1}\nloss: [test_quadratic, rosenbrock]\n");
             }),
             Contains("loss 'rosenbrock' gives all other parameter groups to the player 'point', but loss "
                      "'test_quadratic' gives them to 'model'"));
}

TEST_CASE("a player that no loss gives a group") {
  CHECK_THAT(
      error_of([] {
        training_of(
            "dataset: gaussian_ring\nmodel: {plugin: test_vae_gan}\nloss: [non_saturating, "
            "test_total_correlation]\noptimizer: adam\ntrainer: {steps: 1}\n");
      }),
      Contains("loss 'test_total_correlation' names the player 'model', to which no loss gives a parameter "
               "group"));
}

TEST_CASE("a player with a turn and nothing to minimize is refused") {
  const auto refused = [](const std::string& turns) {
    return error_of([&] { training_of(game("{plugin: test_bilinear, players: [minimizer]}", turns)); });
  };
  CHECK_THAT(refused("simultaneous"), Contains("player 'maximizer' has a turn and nothing to minimize"));
  CHECK_THAT(refused("[{minimizer: 1}, {y: 1}]"),
             Contains("test.yaml:3:") && Contains("player 'maximizer' has a turn and nothing to minimize"));
  CHECK(refused("[{minimizer: 1}]") == "no error");
}

TEST_CASE("items name players of the game only") {
  CHECK_THAT(
      error_of([] { training_of(game("[test_bilinear, {plugin: l2, players: [minimzer]}]")); }),
      Contains("test.yaml:4:23: loss 'l2' is for a player 'minimzer' that does not exist; did you mean "
               "'minimizer'?"));
  CHECK_THAT(error_of([] { training_of(game("l2")); }), Contains("test.yaml:4:7: no loss names a player"));
}

TEST_CASE("a loss that needs another role names both sides") {
  CHECK(error_of([] { training_of(game("elbo")); }) ==
        "test.yaml:4:7: loss 'elbo' plays with a model of the role LatentVariableModel, which model "
        "'test_point' does not "
        "have");
}

TEST_CASE("losses that look at each other's objectives are refused") {
  const std::string both = error_of([] {
    run::check_experiment(
        experiment_of(game("[test_bilinear, test_consensus, {plugin: test_consensus, name: other}]")));
  });
  CHECK_THAT(both, Contains("test.yaml:4:39: loss") && Contains("without end"));
  CHECK(std::count(both.begin(), both.end(), '\n') == 0);
}

TEST_CASE("a player may not be called like a key, nothing, or another one") {
  const auto named = [](const std::string& mistake_in_names) {
    return error_of([&] { training_of(mistake(mistake_in_names)); });
  };
  CHECK_THAT(named("called_plugin"),
             Contains("test.yaml:4:7: loss 'test_mistaken_game' calls a player 'plugin'"));
  CHECK_THAT(named("called_nothing"), Contains("calls a player ''"));
  CHECK_THAT(named("called_twice"), Contains("names the player 'y' twice"));
}

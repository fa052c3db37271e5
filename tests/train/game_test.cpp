#include <catch2/catch.hpp>

#include "chain/captured_updates.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Approx;

// A game of x and y at (1, 0.5), both players with gradient steps of 0.25 at once.
static std::string game(const std::string& losses, const std::string& turns = "simultaneous") {
  return "model: {plugin: test_point, start: {x: [1], y: [0.5]}}\nloss: " + losses +
         "\noptimizer: {plugin: test_descent, learning_rate: 0.25}\ntrainer: {steps: 100, turns: " + turns +
         "}\n";
}

static std::vector<double> point(const train::Training& training) {
  return {parameter(training, "x.vector")[0], parameter(training, "y.vector")[0]};
}

static const train::GamePlayer& player(train::Training& training, const std::string& name) {
  return *training.game().find_player(name);
}

TEST_CASE("the game is the union of the losses' players") {
  const auto training = training_of(game("[{plugin: l2, weight: 0}, test_bilinear]"));
  const auto& players = training->game().players();
  REQUIRE(players.size() == 2);
  CHECK(players[0].name == "minimizer");
  CHECK(players[0].groups == std::vector<std::string>{"x"});
  CHECK(players[1].name == "maximizer");
  CHECK(players[1].groups == std::vector<std::string>{"y"});
  CHECK(training->game().owner("y") == &players[1]);
  CHECK(training->game().owner("maximizer") == nullptr);
  CHECK(training->game().find_player("maximizer") == &players[1]);
  CHECK(training->game().find_player("z") == nullptr);
}

TEST_CASE("each player minimizes its own objective") {
  const auto training = training_of(game("test_bilinear"));
  play(*training, 1);
  CHECK(player(*training, "minimizer").objective == 0.5);
  CHECK(player(*training, "maximizer").objective == -0.5);
  CHECK_THAT(point(*training), is({1 - 0.25 * 0.5, 0.5 + 0.25 * 1}));
}

TEST_CASE("losses without players of their own add to every player, or to those that are named") {
  const auto all = training_of(game("[test_bilinear, {plugin: l2, weight: 0.5}]"));
  play(*all, 1);
  CHECK_THAT(point(*all), is({1 - 0.25 * (0.5 + 0.5), 0.5 - 0.25 * (-1 + 0.25)}));
  const auto one = training_of(game("[test_bilinear, {plugin: l2, weight: 0.5, players: [maximizer]}]"));
  play(*one, 1);
  CHECK_THAT(point(*one), is({1 - 0.25 * 0.5, 0.5 - 0.25 * (-1 + 0.25)}));
  CHECK(player(*one, "minimizer").terms.size() == 2);
  CHECK(player(*one, "maximizer").terms.size() == 3);
  CHECK(term(*one, "maximizer", "l2", "l2") == 0.125);
}

TEST_CASE("an item with 'every' takes part in steps 1, 1 + every and so on") {
  const auto training = training_of(game("[test_bilinear, {plugin: l2, every: 3}]"));
  double x = 1, y = 0.5;
  for (int step = 1; step <= 7; ++step) {
    const double weight = step % 3 == 1 ? 1 : 0, x_before = x;
    x -= 0.25 * (y + weight * x);
    y -= 0.25 * (-x_before + weight * y);
    play(*training, 1);
    CHECK_THAT(point(*training), is({x, y}));
    CHECK(player(*training, "minimizer").terms.back().fresh == (weight == 1));
  }
}

TEST_CASE("an item's weight multiplies its terms, and may change with the step") {
  const auto constant = training_of(
      "model: {plugin: test_point, start: {x: [1]}}\n"
      "loss: {plugin: test_quadratic, curvature: 2, weight: 3}\n"
      "optimizer: {plugin: test_descent, learning_rate: 0.125}\ntrainer: {steps: 100}\n");
  play(*constant, 1);
  CHECK(parameter(*constant, "x.vector") == std::vector{0.25});
  CHECK(player(*constant, "model").objective == 3);
  CHECK(term(*constant, "model", "test_quadratic", "energy") == 0.5);

  const auto changing = training_of(
      game("[test_bilinear, {plugin: l2, weight: {schedule: linear, from: 1, to: 0, steps: 4}}]"));
  double x = 1, y = 0.5;
  for (int step = 1; step <= 6; ++step) {
    play(*changing, 1);
    const double weight = changing->game().items()[1].weight.at(step), x_before = x;
    CHECK(weight == Catch::Detail::Approx(changing->game().items()[1].weight.current()));
    x -= 0.25 * (y + weight * x);
    y -= 0.25 * (-x_before + weight * y);
    CHECK_THAT(point(*changing), is({x, y}));
  }
  CHECK(changing->changing_schedules().size() == 1);
  CHECK(changing->changing_schedules()[0].first == "loss.l2.weight");
}

TEST_CASE("terms that are only observed are logged and minimized by nobody") {
  const auto training = training_of(game("test_bilinear"));
  play(*training, 1);
  CHECK(term(*training, "minimizer", "test_bilinear", "size") == 1.25);
  CHECK(player(*training, "minimizer").objective == term(*training, "minimizer", "test_bilinear", "product"));

  const std::string gan =
      "dataset: test_mixture\nmodel: test_pair\nloss: non_saturating\n"
      "trainer: {steps: 9, batch_size: 8}\noptimizer: adam\n";
  const auto observed = training_of(gan), unobserved = training_of(gan);
  play(*observed, 3);
  for (int step = 0; step < 3; ++step) unobserved->play_step(false);
  CHECK(whole_state(*observed) == whole_state(*unobserved));
  for (const train::GameTerm& one : player(*unobserved, "discriminator").terms)
    CHECK(one.fresh == one.spec.minimized);
  for (const train::GameTerm& one : player(*observed, "discriminator").terms) CHECK(one.fresh);
}

TEST_CASE("a loss may own parameters and buffers, which are trained and kept like a model's") {
  const auto training = training_of(
      "dataset: {plugin: test_table, examples: 8}\nmodel: test_buffered\nloss: test_learned_weight\n"
      "trainer: {steps: 9, batch_size: 8}\noptimizer: {plugin: test_descent, learning_rate: 1.0e-3}\n");
  CHECK(parameter(*training, "uncertainty.log_variance") == std::vector{0.5});
  CapturedUpdates seen;
  for (int step = 1; step <= 3; ++step) {
    play(*training, 1, &seen);
    // d/ds (e^−s·E + s)
    const double error = term(*training, "model", "test_learned_weight", "error");
    CHECK_THAT(seen.gradients["uncertainty.log_variance"], Approx(std::vector{1 - error}).epsilon(1e-5));
    CHECK(buffer(*training, "uncertainty.evaluations") == std::vector<double>{double(step)});
  }
  CHECK(parameter(*training, "uncertainty.log_variance")[0] != 0.5);
}

TEST_CASE("consensus: a loss sees the others' objectives as graphs and every player's parameters") {
  const auto training = training_of(game("[test_bilinear, {plugin: test_consensus, weight: 0.1}]"));
  double x = 1, y = 0.5;
  for (int step = 0; step < 3; ++step) {
    play(*training, 1);
    // The field (y, −x) has half the squared length (x² + y²) / 2.
    CHECK_THAT((std::vector{term(*training, "minimizer", "test_consensus", "field")}),
               is({(x * x + y * y) / 2}));
    const double x_before = x;
    x -= 0.25 * (y + 0.1 * x);
    y -= 0.25 * (-x_before + 0.1 * y);
    CHECK_THAT(point(*training), is({x, y}));
  }
}

TEST_CASE("unrolled: a loss sees the game with other variables in a player's place, for as long as it asks") {
  const auto training = training_of(game("[test_bilinear, {plugin: test_unrolled, rate: 0.5}]"));
  double x = 1, y = 0.5;
  for (int step = 0; step < 3; ++step) {
    play(*training, 1);
    // x·(y + r·x) instead of x·y: the gradient is y + 2·r·x.
    CHECK_THAT((std::vector{term(*training, "minimizer", "test_unrolled", "foresight")}), is({0.5 * x * x}));
    const double x_before = x;
    x -= 0.25 * (y + x);
    y += 0.25 * x_before;
    CHECK_THAT(point(*training), is({x, y}));
  }
}

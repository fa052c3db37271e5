#include <catch2/catch.hpp>

#include "captured_updates.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Approx;

// Half the squared length of x and y, so that the gradient is the point itself.
static std::string bowl(const std::string& optimizer, const std::string& start = "{x: [3, 4], y: [12]}") {
  return "model: {plugin: test_point, start: " + start +
         "}\nloss: test_quadratic\ntrainer: {steps: 100}\noptimizer: " + optimizer + "\n";
}

// A learned weight (group `uncertainty`, one scalar) and a predictor (two vectors) that one player moves.
static std::string predictor(const std::string& optimizer) {
  return "dataset: {plugin: test_table, examples: 8}\nmodel: test_buffered\nloss: test_learned_weight\n"
         "trainer: {steps: 100, batch_size: 4}\noptimizer: " +
         optimizer + "\n";
}

static std::vector<double> divided(std::vector<double> numbers, double divisor) {
  for (double& number : numbers) number /= divisor;
  return numbers;
}

TEST_CASE("the rules of a chain run in their order") {
  const auto normalized_first =
      training_of(bowl("[test_norm_tensor, {plugin: test_descent, learning_rate: 0.1}]"));
  play(*normalized_first, 1);
  CHECK_THAT(parameter(*normalized_first, "x.vector"), is({3 - 0.06, 4 - 0.08}));
  const auto normalized_last =
      training_of(bowl("[{plugin: test_descent, learning_rate: 0.1}, test_norm_tensor]"));
  play(*normalized_last, 1);
  CHECK_THAT(parameter(*normalized_last, "x.vector"), is({3 - 0.6, 4 - 0.8}));
}

TEST_CASE("a rule may stand twice in a chain, with state of its own in each place") {
  const auto training =
      training_of(bowl("[{plugin: test_counter, factor: 0.5}, {plugin: test_counter, factor: 0.25}, {plugin: "
                       "sgd, learning_rate: 1}]"));
  play(*training, 2);
  const chain::ChainUnit& unit = unit_of(*training, "x.vector");
  CHECK(unit.rules[0].rule->name == "1_test_counter");
  CHECK(unit.rules[1].rule->name == "2_test_counter");
  CHECK(unit.rules[0].scalars == std::vector{2.0, 0.25});
  CHECK(unit.rules[1].scalars == std::vector{2.0, 0.0625});
  // 3·(1 − 1/8)·(1 − 1/64)
  CHECK(parameter(*training, "x.vector")[0] == 2.583984375);
}

TEST_CASE("a rule that holds ends the chain: what comes after it is untouched") {
  const auto training = training_of(bowl(R"(
  - {plugin: test_counter, name: before, factor: 1}
  - {plugin: test_accumulate, every: 3}
  - {plugin: test_counter, name: after, factor: 0.5}
  - {plugin: sgd, learning_rate: 0.1, momentum: 0.9})",
                                         "{x: [2]}"));
  const chain::ChainUnit& unit = unit_of(*training, "x.vector");
  for (int step = 1; step <= 2; ++step) {
    play(*training, 1);
    CHECK(parameter(*training, "x.vector") == std::vector{2.0});
    CHECK(unit.updates == 0);
    CHECK(unit.rules[0].scalars[0] == step);
    CHECK(slot(*training, "2_test_accumulate.sum/x.vector") == std::vector{2.0 * step});
    CHECK(unit.rules[2].scalars == std::vector{0.0, 1.0});
    CHECK(slot(*training, "4_sgd.momentum/x.vector") == std::vector{0.0});
  }
  play(*training, 1);
  CHECK_THAT(parameter(*training, "x.vector"), is({1.9}));
  CHECK(unit.updates == 1);
  CHECK(unit.rules[0].scalars[0] == 3);
  CHECK(unit.rules[2].scalars == std::vector{1.0, 0.5});
  CHECK(slot(*training, "2_test_accumulate.sum/x.vector") == std::vector{0.0});
  CHECK_THAT(slot(*training, "4_sgd.momentum/x.vector"), is({1.0}));
  play(*training, 3);
  // The mean gradient 1.9 times 1/4, behind the momentum 0.9.
  CHECK_THAT(parameter(*training, "x.vector"), is({1.9 - 0.1 * (0.9 + 0.475)}));
  CHECK(unit.updates == 2);
}

TEST_CASE("update() counts applied updates only, so that a held chain's bias correction is right") {
  const auto training = training_of(bowl(
      "[{plugin: test_accumulate, every: 4}, {plugin: adam, learning_rate: 0.125, epsilon: 0}]", "{x: [2]}"));
  play(*training, 4);
  // Adam's first step is its learning rate, whatever the gradient is.
  CHECK_THAT(parameter(*training, "x.vector"), is({1.875}));
  CHECK(training->step() == 4);
}

TEST_CASE("norms are taken over a tensor, a group or a player") {
  const auto updates_of = [](const std::string& rule, CapturedUpdates& seen) {
    const auto training = training_of(predictor(rule));
    play(*training, 1, &seen);
  };
  const std::vector<std::string> names = {"predictor.scale", "predictor.shift", "uncertainty.log_variance"};
  CapturedUpdates tensor, group, player;
  updates_of("test_norm_tensor", tensor);
  updates_of("test_norm_group", group);
  updates_of("test_norm_player", player);
  auto& g = tensor.gradients;
  CHECK(g == group.gradients);
  CHECK(g == player.gradients);
  const double whole = norm({g[names[0]], g[names[1]], g[names[2]]});
  for (const std::string& name : names) {
    const double own = norm({g[name]});
    const double of_group = name == names[2] ? own : norm({g[names[0]], g[names[1]]});
    CHECK(own < of_group + (name == names[2] ? 1 : 0));
    CHECK_THAT(tensor.updates[name], is(divided(g[name], own)));
    CHECK_THAT(group.updates[name], is(divided(g[name], of_group)));
    CHECK_THAT(player.updates[name], is(divided(g[name], whole)));
  }
}

TEST_CASE("a norm is that of the update as it arrives at its rule") {
  const auto step_of = [](const std::string& optimizer) {
    const auto training = training_of(bowl(optimizer));
    play(*training, 1);
    return std::vector{3 - parameter(*training, "x.vector")[0], 4 - parameter(*training, "x.vector")[1],
                       12 - parameter(*training, "y.vector")[0]};
  };
  const std::string doubled = "{plugin: test_descent, learning_rate: 2}";
  CHECK_THAT(step_of("[" + doubled + ", {plugin: clip_norm, max: 1}]"), is({6.0 / 26, 8.0 / 26, 24.0 / 26}));
  CHECK_THAT(step_of("[" + doubled + ", {plugin: clip_norm, max: 26}]"), is({6, 8, 24}));
  CHECK_THAT(step_of("[{plugin: clip_norm, max: 1}, " + doubled + "]"), is({6.0 / 13, 8.0 / 13, 24.0 / 13}));
  CHECK_THAT(step_of("[" + doubled + ", {plugin: clip_norm, max: 12, over: group}]"), is({6, 8, 12}));
  const double diagonal = std::sqrt(2.0);
  CHECK_THAT(step_of("[test_norm_group, test_norm_player]"),
             is({0.6 / diagonal, 0.8 / diagonal, 1 / diagonal}));
}

TEST_CASE("a norm over a player is over what the rule's own chain moves") {
  const auto training =
      training_of(bowl("{x: [test_norm_player], y: [test_norm_player, {plugin: sgd, learning_rate: 2}]}"));
  play(*training, 1);
  CHECK_THAT(parameter(*training, "x.vector"), is({2.4, 3.2}));
  CHECK_THAT(parameter(*training, "y.vector"), is({10}));
}

TEST_CASE("units whose chains differ before a rule with a norm reach it together") {
  const auto training = training_of(R"(
dataset: {plugin: test_table, examples: 8}
model: {plugin: mlp, input: x, target: target, network: {hidden: [3], activation: tanh}}
loss: mean_squared_error
trainer: {steps: 10, batch_size: 8}
optimizer:
  - {plugin: test_matrix_rule, fallback: [test_counter, {plugin: sgd, learning_rate: 3}]}
  - {plugin: clip_norm, max: 1.0e-3}
  - {plugin: sgd, learning_rate: 1}
)");
  CapturedUpdates seen;
  play(*training, 1, &seen);
  std::vector<std::vector<double>> updates;
  for (const auto& [name, update] : seen.updates) updates.push_back(update);
  CHECK(updates.size() == 4);
  CHECK(norm(updates) == Catch::Detail::Approx(1e-3).epsilon(1e-5));
  // Behind the fallback a vector's update is 3/2 times its gradient; the norm's factor is the same for all.
  const double factor = seen.updates["network.0.bias"][0] / (1.5 * seen.gradients["network.0.bias"][0]);
  CHECK_THAT(divided(seen.updates["network.1.bias"], factor * 1.5),
             Approx(seen.gradients["network.1.bias"]).epsilon(1e-4));
  const auto& gradient = seen.gradients["network.1.weight"];
  double mean = 0;
  for (std::size_t i = 0; i < 2; ++i) mean += gradient[i] / 2;
  CHECK(seen.updates["network.1.weight"][0] ==
        Catch::Detail::Approx(factor * (gradient[0] - mean)).epsilon(1e-3).margin(1e-8));
}

TEST_CASE("what a rule makes of the padding enters no norm and stays nowhere") {
  const auto training =
      training_of(bowl("[{plugin: test_noise, stddev: 1}, test_norm_tensor]", "{x: [1, 2, 3, 4, 5]}"));
  CapturedUpdates seen;
  for (int step = 0; step < 3; ++step) {
    play(*training, 1, &seen);
    CHECK(norm({seen.updates["x.vector"]}) == Catch::Detail::Approx(1.0).epsilon(tolerance));
    chain::Arena& arena = *training->arenas()[0];
    REQUIRE(arena.size() == 16);
    for (std::size_t i = 5; i < 16; ++i) {
      CHECK(arena.values().values()[i] == 0);
      CHECK(arena.gradients().values()[i] == 0);
    }
  }
}

#include <catch2/catch.hpp>

#include "captured_updates.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Approx;
using Catch::Matchers::Contains;

// Half the squared length of the vectors, so that the gradient is the point itself.
static std::string bowl(const std::string& optimizer, const std::string& start = "{x: [3, -4], y: [12]}") {
  return "model: {plugin: test_point, start: " + start + "}\nloss: test_quadratic\ntrainer: {steps: 100}\n" +
         "metrics: test_distance\noptimizer: " + optimizer + "\n";
}

static std::string network(const std::string& optimizer) {
  return "dataset: {plugin: test_table, examples: 8}\n"
         "model: {plugin: mlp, input: x, target: target, network: {hidden: [3], activation: tanh}}\n"
         "loss: mean_squared_error\ntrainer: {steps: 10, batch_size: 8}\noptimizer: " +
         optimizer + "\n";
}

static std::string chain_of(train::Training& training, const std::string& name) {
  std::string rules;
  for (const chain::RuleState& state : unit_of(training, name).rules)
    rules += (rules.empty() ? "" : " ") + state.rule->name;
  return rules;
}

TEST_CASE("a rule on tensors gets whole parameters, slots of its shapes and memory to work in") {
  const auto training = training_of(
      network("[{plugin: test_matrix_rule, fallback: test_descent}, {plugin: sgd, learning_rate: 0.5}]"));
  CHECK(slot(*training, "1_test_matrix_rule.row_means/network.0.weight") == std::vector<double>{1, 1});
  CapturedUpdates seen;
  play(*training, 1, &seen);
  const auto &gradient = seen.gradients["network.0.weight"], &update = seen.updates["network.0.weight"];
  const auto kept = slot(*training, "1_test_matrix_rule.row_means/network.0.weight");
  REQUIRE(kept.size() == 2);
  for (std::size_t row = 0; row < 2; ++row) {
    const auto begin = static_cast<std::ptrdiff_t>(3 * row);
    std::vector<double> centerd(gradient.begin() + begin, gradient.begin() + begin + 3);
    const double mean = (centerd[0] + centerd[1] + centerd[2]) / 3;
    for (double& number : centerd) number = 0.5 * (number - mean);
    CHECK_THAT(std::vector{kept[row]}, is({1 + mean}));
    CHECK_THAT(std::vector(update.begin() + begin, update.begin() + begin + 3),
               Approx(centerd).margin(10 * tolerance).epsilon(1e-4));
  }
}

TEST_CASE("slots start at zero, at a number or at the parameter's value") {
  const auto training = training_of(bowl("[test_ema, {plugin: sgd, momentum: 0.9}]"));
  CHECK(slot(*training, "1_test_ema.average/x.vector") == std::vector<double>{3, -4});
  CHECK(slot(*training, "2_sgd.momentum/x.vector") == std::vector<double>{0, 0});
}

TEST_CASE("what a rule refuses is moved by its fallback in its place") {
  const auto training = training_of(network(R"(
  - {plugin: test_counter, factor: 1}
  - {plugin: test_matrix_rule, fallback: [{plugin: test_counter, factor: 0.5}, {plugin: test_counter, factor: 0.25}]}
  - {plugin: sgd, learning_rate: 0.125})"));
  CHECK(chain_of(*training, "network.0.weight") == "1_test_counter 2_test_matrix_rule 3_sgd");
  CHECK(chain_of(*training, "network.0.bias") == "1_test_counter 2.1_test_counter 2.2_test_counter 3_sgd");
  CapturedUpdates seen;
  play(*training, 1, &seen);
  std::vector<double> expected = seen.gradients["network.0.bias"];
  for (double& number : expected) number *= 0.5 * 0.25 * 0.125;
  CHECK(seen.updates["network.0.bias"] == expected);
}

TEST_CASE("a rule that refuses a parameter and has no fallback is an error with its place") {
  const std::string message = error_of([] { training_of(bowl("\n  - test_descent\n  - test_matrix_rule")); });
  CHECK_THAT(message,
             Contains("test.yaml:7:5: optimizer 'test_matrix_rule' does not take the parameter 'x.vector'") &&
                 Contains("'y.vector'") && Contains("'fallback'"));
}

TEST_CASE("what a rule with a frozen fallback refuses is not moved, whatever else is in the chain") {
  for (const char* chain : {"[test_counter, {plugin: test_matrix_rule, fallback: frozen}, sgd]",
                            "{plugin: test_matrix_rule, fallback: [{plugin: test_matrix_rule, fallback: "
                            "frozen}, sgd]}"}) {
    const auto training = training_of(network(chain));
    const auto matrix = parameter(*training, "network.0.weight");
    const auto vector = parameter(*training, "network.0.bias");
    play(*training, 2);
    CHECK(parameter(*training, "network.0.weight") != matrix);
    CHECK(parameter(*training, "network.0.bias") == vector);
  }
}

TEST_CASE("what settle writes stands after the update, wherever the rule is in its chain") {
  const std::string steps = "{plugin: test_descent, learning_rate: 0.5}",
                    cut = "{plugin: test_project, limit: 1.75}";
  for (const std::string& chain : {"[" + steps + ", " + cut + "]", "[" + cut + ", " + steps + "]"}) {
    const auto training = training_of(bowl(chain));
    play(*training, 1);
    CHECK(parameter(*training, "x.vector") == std::vector{1.5, -1.75});
    CHECK(parameter(*training, "y.vector") == std::vector{1.75});
  }
  const auto whole = training_of(
      network("[{plugin: test_matrix_rule, fallback: test_descent}, {plugin: test_project, limit: 1.0e-2}]"));
  play(*whole, 2);
  for (const auto& one : whole->registrar().parameters())
    for (const Scalar value : one->value.values()) CHECK(std::abs(value) <= static_cast<Scalar>(1e-2));
}

TEST_CASE("metrics look at the evaluation point") {
  const auto training = training_of(
      bowl("[{plugin: test_descent, learning_rate: 0.5}, {plugin: test_ema, decay: 0.5}]", "{x: [4]}"));
  CHECK(measured(*training, "test_distance")[0] == 4);
  play(*training, 1);
  CHECK(parameter(*training, "x.vector") == std::vector{2.0});
  CHECK(measured(*training, "test_distance")[0] == 3);
  play(*training, 1);
  CHECK(parameter(*training, "x.vector") == std::vector{1.0});
  CHECK(measured(*training, "test_distance")[0] == 2);
}

TEST_CASE("looking at the evaluation point changes nothing in training") {
  const std::string experiment = R"(
dataset: test_mixture
model: test_pair
loss: non_saturating
trainer: {steps: 100, batch_size: 8}
metrics: [{plugin: mode_coverage, samples: 20}, {plugin: objective, examples: 20}]
optimizer: [{plugin: adam, learning_rate: 0.1}, test_ema]
)";
  const auto plain = training_of(experiment), watched = training_of(experiment);
  for (int step = 0; step < 5; ++step) {
    play(*plain, 1);
    for (const train::MetricInstance& metric : watched->metrics()) watched->measure(metric);
    watched->generate(10);
    play(*watched, 1);
    CHECK(whole_state(*plain) == whole_state(*watched));
  }
  // The generator's average differs from its value, and samples are of the average.
  const auto first_sample = [&] { return watched->generate(1).at(0).to_doubles(); };
  const auto averaged = first_sample();
  for (const char* name : {"scale", "shift"}) {
    Tensor value = watched->registrar().parameters()[name == std::string("scale") ? 0 : 1]->value;
    value.fill(100);
  }
  CHECK(first_sample() == averaged);
}

TEST_CASE("frozen parameters do not move and take no part in norms") {
  const auto training = training_of(bowl("{y: frozen, '*': [test_norm_player]}"));
  play(*training, 1);
  CHECK_THAT(parameter(*training, "x.vector"), is({2.4, -3.2}));
  CHECK(parameter(*training, "y.vector") == std::vector{12.0});
  const auto game = training_of(
      "model: {plugin: test_point, start: {x: [1], y: [2]}}\nloss: test_bilinear\ntrainer: {steps: 9}\n"
      "optimizer: {minimizer: {plugin: sgd, learning_rate: 0.25}, maximizer: frozen}\n");
  play(*game, 2);
  CHECK(parameter(*game, "x.vector") == std::vector{0.0});
  CHECK(parameter(*game, "y.vector") == std::vector{2.0});
}

TEST_CASE("a parameter's chain is its group's, or its player's, or the first pattern's that matches") {
  const auto rules_of = [](const std::string& optimizer) {
    const auto training = training_of(
        "model: {plugin: test_point, start: {x: [1], y: [2]}}\nloss: test_bilinear\ntrainer: {steps: "
        "9}\noptimizer: " +
        optimizer);
    return chain_of(*training, "x.vector") + " " + chain_of(*training, "y.vector");
  };
  const std::string pattern = "'*.vector': {plugin: sgd, name: pattern}",
                    player = "minimizer: {plugin: sgd, name: player}",
                    group = "x: {plugin: sgd, name: group}";
  CHECK(rules_of("{" + pattern + "}") == "1_pattern 1_pattern");
  CHECK(rules_of("{" + pattern + ", " + player + "}") == "1_player 1_pattern");
  CHECK(rules_of("{" + pattern + ", " + group + "}") == "1_group 1_pattern");
  CHECK(rules_of("{'y*': {plugin: sgd, name: first}, " + pattern + "}") == "1_pattern 1_first");
  CHECK_THAT(error_of([&] { rules_of("{" + pattern + ", " + player + ", " + group + "}"); }),
             Contains("'minimizer' covers no parameter: 'x' came first"));
  CHECK_THAT(error_of([&] { rules_of("{" + pattern + ", 'y*': sgd}"); }),
             Contains("'y*' covers no parameter"));
}

TEST_CASE("what a rule settles is what must be finite, beside rules on whole tensors too") {
  const std::string huge = "{plugin: sgd, learning_rate: 1.0e+300}";
  for (const std::string whole : {"", "{plugin: test_matrix_rule, fallback: test_descent}, "}) {
    CAPTURE(whole);
    const auto after = [&](const std::string& settling) {
      auto training = training_of(network("[" + whole + huge + ", " + huge + ", " + settling + "]"));
      try {
        play(*training, 1);
      } catch (const train::Diverged& verdict) {
        return std::string(verdict.what());
      }
      return std::string("finite");
    };
    CHECK(after("{plugin: test_project, limit: 2}") == "finite");
    CHECK_THAT(after("{plugin: sgd, learning_rate: 1}"), Contains("no longer finite"));
  }
}

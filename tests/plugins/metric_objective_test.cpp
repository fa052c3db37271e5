#include <catch2/catch.hpp>

#include "metric_support.hpp"

using Catch::Matchers::Contains;
using descent::TermMean;
using descent::Value;

namespace {

const descent::Fields one_number = {{.name = "x", .shape = {}}};

/// Two batches of 3 and 1 examples; every term's mean over a batch is a multiple of the batch's size.
HandMadeContext two_batches() {
  HandMadeContext context;
  context.batches.emplace_back(one_number, 3);
  context.batches.emplace_back(one_number, 1);
  context.loss_names = {"game", "decay"};
  context.evaluate = [](const descent::Batch& batch) {
    const double size = static_cast<double>(batch.size());
    return std::vector<TermMean>{{"critic", "game", "gap", 10 * size, 1, true},
                                 {"critic", "decay", "norm", 1 * size, 0.5, true},
                                 {"critic", "game", "score_real", 1000, 1, false},
                                 {"generator", "game", "score", 7, -2, true}};
  };
  return context;
}

double measured(const Settings& options) {
  HandMadeContext context = two_batches();
  HandMadeModel model;
  return make_metric("objective", options)->measure(model, context).at(0);
}

}  // namespace

TEST_CASE(
    "the objective weighs batches by their sizes and terms by their weights, and leaves out observed ones") {
  CHECK(measured({}) == Approx((3 * 31.5 + 1 * 10.5) / 4));
  CHECK(measured({{"player", Value::of("critic")}}) == measured({}));
  CHECK(measured({{"player", Value::of("generator")}}) == Approx(-14));
}

TEST_CASE("the objective can be that of one loss") {
  CHECK(measured({{"loss", Value::of("game")}}) == Approx((3 * 30 + 1 * 10) / 4.0));
  CHECK(measured({{"loss", Value::of("decay")}}) == Approx((3 * 1.5 + 1 * 0.5) / 4.0));
}

TEST_CASE("players and losses that are not there are named with those that are") {
  const auto check = [](const Settings& options) {
    make_metric("objective", options)->check_game({"critic", "generator"}, {"game", "decay"});
  };
  CHECK_NOTHROW(check({}));
  CHECK_NOTHROW(check({{"player", Value::of("critic")}, {"loss", Value::of("decay")}}));
  CHECK_THROWS_WITH(check({{"player", Value::of("generater")}}), Contains("did you mean 'generator'?"));
  CHECK_THROWS_WITH(check({{"loss", Value::of("elbo")}}), Contains("there are: game, decay"));
}

TEST_CASE("without a data set the objective is what the losses give") {
  HandMadeContext context = two_batches();
  context.batches = {descent::Batch()};
  context.evaluate = [](const descent::Batch&) {
    return std::vector<TermMean>{{"x", "rosenbrock", "value", 24.2, 1, true}};
  };
  HandMadeModel model;
  CHECK(make_metric("objective")->measure(model, context) == std::vector<double>{24.2});
}

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/sweep/axis_sensitivity.hpp"
#include "plan_support.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

const std::string one_range = "axes: {optimizer.learning_rate: {min: 1.0e-4, max: 1.0, scale: log}}";

std::string refusal_of(const std::string& section) {
  try {
    plan_of("sweep: {" + section + "}\n");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a search is planned with its first round", "[sweep][search]") {
  const std::string text = "sweep: {runs: 30, objective: objective/value, seeds: 2, " + one_range;
  const sweep::SweepPlan plan = plan_of(text + ", method: tpe}\n");
  CHECK(plan.spec.batch == 4);
  CHECK(plan.configurations.size() == 4);
  CHECK(plan.runs.size() == 8);
  CHECK(folders_of(plan) == folders_of(plan_of(text + ", method: tpe}\n")));
  CHECK(folders_of(plan) != folders_of(plan_of(text + ", method: tpe, seed: 2}\n")));
  CHECK(plan_of(text + ", method: tpe, batch: 7}\n").configurations.size() == 7);
  CHECK(
      plan_of("sweep: {runs: 3, objective: objective/value, method: tpe, " + one_range + "}\n").runs.size() ==
      3);
  // λ = 4 + ⌊3·ln n⌋.
  CHECK(plan_of(text + ", method: cmaes}\n").configurations.size() == 4);
  CHECK(plan_of("sweep: {runs: 30, objective: objective/value, method: cmaes, axes: "
                "{optimizer.learning_rate: {min: 1.0e-4, max: "
                "1.0, scale: log}, optimizer.beta1: {min: 0.0, max: 0.9}, optimizer.beta2: {min: 0.9, max: "
                "0.999}}}\n")
            .configurations.size() == 7);
}

TEST_CASE("what a search cannot do is refused with the reason", "[sweep][search]") {
  const std::string rest = ", runs: 8, objective: objective/value";
  CHECK_THAT(refusal_of("method: tpe, runs: 8, " + one_range), Contains("needs 'sweep.objective'"));
  CHECK_THAT(refusal_of("method: cmaes, objective: objective/value, " + one_range),
             Contains("needs 'sweep.runs': how many settings it proposes"));
  CHECK_THAT(refusal_of("method: tpe, batch: 0" + rest + ", " + one_range), Contains("sweep.batch"));
  CHECK_THAT(refusal_of("method: cmaes, batch: 3" + rest + ", " + one_range), Contains("sweep.batch"));
  CHECK_THAT(refusal_of("method: random, batch: 4" + rest + ", " + one_range),
             Contains("for the methods tpe and cmaes"));
  CHECK_THAT(
      refusal_of("method: tpe" + rest + ", axes: {optimizer.learning_rate: {min: 0.1, max: 1.0, points: 3}}"),
      Contains("points"));
  CHECK_THAT(refusal_of("method: cmaes" + rest + ", axes: {optimizer.learning_rate: {choice: [0.1, 0.2]}}"),
             Contains("between the choices of the axis 'optimizer.learning_rate' there are no distances"));
  CHECK_THAT(refusal_of("method: tpe, protocol: deepobs" + rest + ", " + one_range),
             Contains("known before the first run"));
  CHECK_THAT(refusal_of("method: cmaes, protocol: {time_to_target: {target: 0.1}}" + rest + ", " + one_range),
             Contains("known before the first run"));
}

TEST_CASE("the importance of an axis is the share of the variance of ranks that goes with it", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = frozen_sweep(root.path,
                                                "{axes: {optimizer.learning_rate: {choice: [0.1, 0.2, 0.3]}, "
                                                "optimizer.beta1: {choice: [0.0, 0.5]}}, objective: "
                                                "objective/value}");
  const auto importances = [&](const std::vector<double>& values) {
    for (std::size_t run = 0; run < 6; ++run) {
      std::filesystem::remove(sweep.directory_of(run) / "log.h5");
      if (std::isnan(values[run]))
        diverge_run(sweep, sweep.runs[run].folder);
      else
        finish_run(sweep, sweep.runs[run].folder, values[run]);
    }
    const sweep::SweepResults results = read_results(sweep, {{"objective/value"}});
    const auto report = sweep::report_of(sweep, results, sweep::values_of(results, 0, false, false));
    std::vector<std::optional<double>> found;
    for (const sweep::AxisSensitivity& axis : sweep::sensitivities(sweep, report.settings, "lower"))
      found.push_back(axis.importance);
    REQUIRE(found.size() == 2);
    return found;
  };
  // Rates outer, beta1 inner. Ranks 0 to 5 in order: within the rates pairs that differ by 1, 3·(1/2)/3 = 1/2 against 17.5/5;
  // within the beta1 0, 2, 4 and 1, 3, 5: 16/4 against 3.5.
  auto found = importances({1, 2, 30, 40, 500, 6000});
  CHECK(*found[0] == Approx(1 - 0.5 / 3.5));
  CHECK(*found[1] == 0);
  // The ranks are those of any values in this order, and what diverged has the last one.
  found = importances({1, 2, 3, 4, 5, NAN});
  CHECK(*found[0] == Approx(1 - 0.5 / 3.5));
  // Equal values share their mean rank: 1, 4 and 1, 4 and 1, 4.
  found = importances({1, 2, 1, 2, 1, 2});
  CHECK(*found[0] == 0);
  CHECK(*found[1] == Approx(1));
  // All the same: nothing to explain.
  CHECK(!importances({1, 1, 1, 1, 1, 1})[0]);
}

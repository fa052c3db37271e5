#include <catch2/catch.hpp>
#include <cmath>

#include "descent/sweep/axis_sensitivity.hpp"
#include "descent/sweep/doubts.hpp"
#include "descent/sweep/sensitivity_curve.hpp"
#include "support/experiment_text.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

/// What a sweep says about its objective.
struct Read {
  sweep::SweepResults results;
  sweep::SweepReport report;
};

Read read(const sweep::FrozenSweep& sweep) {
  Read read{sweep::read_results(sweep), {}};
  read.report = sweep::report_of(sweep, read.results, values_of(read.results, 0, false, false));
  return read;
}

std::vector<std::string> folders_of(const std::vector<sweep::SettingResult>& settings) {
  std::vector<std::string> folders;
  for (const sweep::SettingResult& setting : settings) folders.push_back(setting.folder);
  return folders;
}

const sweep::AxisSensitivity& of_axis(const std::vector<sweep::AxisSensitivity>& axes,
                                      const std::string& axis, const std::string& within) {
  for (const sweep::AxisSensitivity& one : axes)
    if (one.axis == axis && one.within == within) return one;
  throw std::out_of_range(axis);
}

/// Two optimizers and three seeds: the numbers are small enough to be added up by hand.
sweep::FrozenSweep two_optimizers(const std::filesystem::path& root) {
  sweep::FrozenSweep sweep = frozen_sweep(root, R"(
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 0.001, max: 1.0, scale: log, points: 4}}
        - {plugin: adam, learning_rate: {min: 1.0e-4, max: 0.01, scale: log, points: 3}, beta1: {choice: [0.0, 0.9]}}
  seeds: 3
  objective: objective/value)");
  const std::string sgd = "optimizer=sgd,learning_rate=", adam = "optimizer=adam,learning_rate=";
  finish_runs(sweep, sgd + "0.001", {1, 2, 3});
  finish_runs(sweep, sgd + "0.01", {0.5, 0.5, 2});
  diverge_run(sweep, sgd + "0.1/seed=1");
  finish_run(sweep, sgd + "0.1/seed=2", 0.1);
  diverge_run(sweep, sgd + "0.1/seed=3");
  for (const char* seed : {"1", "2", "3"}) {
    diverge_run(sweep, sgd + "1/seed=" + seed);
    diverge_run(sweep, adam + "0.01,beta1=0.9/seed=" + seed);
  }
  finish_runs(sweep, adam + "0.0001,beta1=0", {4, 4, 4});
  finish_runs(sweep, adam + "0.0001,beta1=0.9", {3, 3, 3});
  finish_runs(sweep, adam + "0.001,beta1=0", {0.25, 0.5, 0.75});
  finish_runs(sweep, adam + "0.001,beta1=0.9", {1.5, 1.5, 1.5});
  finish_runs(sweep, adam + "0.01,beta1=0", {0.125, 0.25, 0.375});
  return sweep;
}

}  // namespace

TEST_CASE("settings rank by how many of their runs went wrong, then by their mean", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = two_optimizers(folder.path);
  const sweep::SweepReport report = read(sweep).report;
  CHECK(report.values.name == "train.objective/value");
  CHECK(report.values.direction == "lower");
  CHECK(folders_of(report.settings) ==
        std::vector<std::string>{
            "optimizer=adam,learning_rate=0.01,beta1=0", "optimizer=adam,learning_rate=0.001,beta1=0",
            "optimizer=sgd,learning_rate=0.01", "optimizer=adam,learning_rate=0.001,beta1=0.9",
            "optimizer=sgd,learning_rate=0.001", "optimizer=adam,learning_rate=0.0001,beta1=0.9",
            "optimizer=adam,learning_rate=0.0001,beta1=0", "optimizer=sgd,learning_rate=0.1",
            "optimizer=sgd,learning_rate=1", "optimizer=adam,learning_rate=0.01,beta1=0.9"});
  // 0.5, 0.5 and 2: the quartiles lie half-way between neighbors.
  const sweep::SettingResult& sgd = report.settings[2];
  CHECK(sgd.statistics.count == 3);
  CHECK(sgd.statistics.mean == 1);
  CHECK(*sgd.statistics.standard_deviation == Approx(std::sqrt(0.75)));
  CHECK(sgd.statistics.median == 0.5);
  CHECK(sgd.statistics.lower_quartile == 0.5);
  CHECK(sgd.statistics.upper_quartile == 1.25);
  CHECK(sgd.seeds == std::vector<std::int64_t>{1, 2, 3});
  // The mean over the one seed that is left would have been the best.
  const sweep::SettingResult& mostly_diverged = report.settings[7];
  CHECK(mostly_diverged.statistics.mean == 0.1);
  CHECK(mostly_diverged.diverged == 2);
  CHECK(mostly_diverged.seeds == std::vector<std::int64_t>{2});
  CHECK(folders_of(report.best) == std::vector<std::string>{"optimizer=adam,learning_rate=0.01,beta1=0",
                                                            "optimizer=sgd,learning_rate=0.01"});
  CHECK(report.settings[0].is_best);
  CHECK(report.settings[2].is_best);
  CHECK_FALSE(report.settings[1].is_best);
  sweep::SettingResult greater = report.settings[1];
  CHECK(sweep::ranks_before(greater, report.settings[0], "higher"));
  CHECK_FALSE(sweep::ranks_before(greater, report.settings[0], ""));
}

TEST_CASE("the sensitivity to an axis is the range of what is attainable with all others tuned", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = two_optimizers(folder.path);
  const sweep::SweepReport report = read(sweep).report;
  const std::vector<sweep::AxisSensitivity> axes = sweep::sensitivities(sweep, report.settings, "lower");
  REQUIRE(axes.size() == 4);
  // sgd attains 1 and adam 0.25.
  const sweep::AxisSensitivity& optimizer = of_axis(axes, "optimizer", "");
  CHECK(optimizer.range() == 0.75);
  CHECK(optimizer.best("lower")->text == "adam");
  // Of its four rates two have no setting without a run that went wrong; the other two attain 2 and 1.
  const sweep::AxisSensitivity& sgd = of_axis(axes, "optimizer.learning_rate", "sgd");
  CHECK(sgd.parts.size() == 4);
  CHECK(sgd.without_value() == 2);
  CHECK(sgd.range() == 1.0);
  CHECK(sgd.best("lower")->text == "0.01");
  // The better momentum at each rate: 3, 0.5 and 0.25.
  const sweep::AxisSensitivity& adam = of_axis(axes, "optimizer.learning_rate", "adam");
  CHECK(adam.without_value() == 0);
  CHECK(adam.range() == 2.75);
  // The best rate at each momentum: 0.25 and 1.5.
  CHECK(of_axis(axes, "optimizer.beta1", "adam").range() == 1.25);
  CHECK(sweep::sensitivities(sweep, report.settings, "").empty());
}

TEST_CASE("a best setting on the edge of its axis is doubted, one inside is not", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = two_optimizers(folder.path);
  const Read all = read(sweep);
  CHECK(sweep::doubts_about(sweep, all.results, all.report) ==
        std::vector<std::string>{"the best setting of all, of adam, lies at the upper end of "
                                 "optimizer.learning_rate (0.01): better values may lie beyond"});
}

TEST_CASE("edges are those of ranges and of choices of three numbers", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep grid =
      frozen_sweep(folder.path / "grid",
                   "{axes: {optimizer.beta1: {choice: [0.9, 0.0, 0.5]}, optimizer.beta2: {choice: [0.9, "
                   "0.99]}, optimizer.learning_rate: {min: 0.1, max: 0.3, points: 3}}}");
  const auto edges = [&](const sweep::FrozenSweep& sweep, std::vector<sweep::Setting> settings) {
    std::string text;
    for (const sweep::AxisEdge& edge : sweep::edges_of(sweep.spec, settings))
      text += edge.axis + " " + edge.text + (edge.upper ? " upper; " : " lower; ");
    return text;
  };
  const auto setting = [](double beta1, double rate) {
    return std::vector<sweep::Setting>{{"optimizer.beta1", Value::of(beta1)},
                                       {"optimizer.beta2", Value::of(0.99)},
                                       {"optimizer.learning_rate", Value::of(rate)}};
  };
  CHECK(edges(grid, setting(0.5, 0.2)).empty());
  CHECK(edges(grid, setting(0.0, 0.3)) == "optimizer.beta1 0 lower; optimizer.learning_rate 0.3 upper; ");
  CHECK(edges(grid, setting(0.9, 0.2)) == "optimizer.beta1 0.9 upper; ");
  // What was drawn never lies upon an end: the outermost twentieth counts, measured on the scale.
  const sweep::FrozenSweep drawn = frozen_sweep(
      folder.path / "drawn",
      "{axes: {optimizer.learning_rate: {min: 1.0e-4, max: 1.0, scale: log}}, method: random, runs: 2}");
  const auto rate = [](double number) {
    return std::vector<sweep::Setting>{{"optimizer.learning_rate", Value::of(number)}};
  };
  CHECK(edges(drawn, rate(1.5e-4)) == "optimizer.learning_rate 0.00015 lower; ");
  CHECK(edges(drawn, rate(1.7e-4)).empty());
  CHECK(edges(drawn, rate(0.7)) == "optimizer.learning_rate 0.7 upper; ");
}

TEST_CASE("a range that was drawn from is cut into quarters of its scale", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(
      folder.path,
      "{axes: {optimizer.learning_rate: {min: 1.0e-4, max: 1.0, scale: log}}, method: sobol, runs: 8, "
      "objective: objective/value}");
  // Points of Sobol's sequence lie two in each quarter; the value is the rate's decade.
  for (const sweep::FrozenRun& run : sweep.runs)
    finish_run(sweep, run.folder, std::floor(std::log10(run.settings.front().value.number())));
  const auto axes = sweep::sensitivities(sweep, read(sweep).report.settings, "lower");
  REQUIRE(axes.size() == 1);
  REQUIRE(axes.front().parts.size() == 4);
  const char* texts[] = {"0.0001 to 0.001", "0.001 to 0.01", "0.01 to 0.1", "0.1 to 1"};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(axes.front().parts[i].text == texts[i]);
    CHECK(axes.front().parts[i].settings == 2);
    CHECK(*axes.front().parts[i].attainable == static_cast<double>(i) - 4);
  }
}

TEST_CASE("one seed, unfinished runs and runs that went wrong are told", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep one = frozen_sweep(
      folder.path / "one", "{axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, objective: objective/value}");
  finish_run(one, "beta1=0/seed=1", 0.5);
  Read all = read(one);
  CHECK(sweep::doubts_about(one, all.results, all.report) ==
        std::vector<std::string>{
            "1 of 2 runs have not ended",
            "only one seed was run: what differs may be chance; sweep.seeds asks for more"});
  CHECK(all.report.settings.back().unfinished == 1);

  const sweep::FrozenSweep three =
      frozen_sweep(folder.path / "three",
                   "{axes: {optimizer: {choice: [sgd, adam]}}, seeds: 3, objective: objective/value}");
  finish_run(three, "optimizer=sgd/seed=2", 0.5);
  diverge_run(three, "optimizer=sgd/seed=1");
  end_run(three, "optimizer=sgd/seed=3", {runlog::RunStatus::done, 100}, {{100, NAN}});
  for (const char* seed : {"1", "2", "3"}) diverge_run(three, std::string("optimizer=adam/seed=") + seed);
  all = read(three);
  CHECK(sweep::doubts_about(three, all.results, all.report) ==
        std::vector<std::string>{"no run of adam has a value that counts",
                                 "the best setting of sgd rests on one seed",
                                 "of the best setting of sgd, 2 of 3 runs went wrong"});
  CHECK(all.report.best.front().without_value == 1);
}

TEST_CASE("of deepobs the tuning's seeds and the final ones are not mixed", "[sweep]") {
  const ScratchFolder folder;
  sweep::FrozenSweep sweep = frozen_sweep(folder.path,
                                          "{axes: {optimizer.learning_rate: {choice: [0.1, 0.2]}}, seeds: 2, "
                                          "protocol: {deepobs: {seeds: 4}}, objective: objective/value}");
  finish_runs(sweep, "learning_rate=0.1", {2, 2});
  finish_runs(sweep, "learning_rate=0.2", {1, 2});
  Read all = read(sweep);
  CHECK(all.report.best.empty());
  CHECK_THAT(sweep::doubts_about(sweep, all.results, all.report).front(),
             Contains("the final runs have not begun"));
  sweep::add_seeds(sweep, 2, sweep.spec.final_seeds);
  finish_run(sweep, "learning_rate=0.2/seed=3", 9);
  finish_run(sweep, "learning_rate=0.2/seed=4", 12);
  all = read(sweep);
  // Chosen by 1 and 2, judged by 1, 2, 9 and 12.
  CHECK(folders_of(all.report.settings) ==
        std::vector<std::string>{"learning_rate=0.2", "learning_rate=0.1"});
  CHECK(all.report.settings.front().seeds == std::vector<std::int64_t>{1, 2});
  CHECK(all.report.settings.front().statistics.mean == 1.5);
  REQUIRE(all.report.best.size() == 1);
  CHECK(all.report.best.front().seeds == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(all.report.best.front().statistics.mean == 6);
}

TEST_CASE("a curve of sensitivity takes the best setting of the other axes at each rate", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = two_optimizers(folder.path);
  const sweep::SweepReport report = read(sweep).report;
  const sweep::NumericAxis axis = sweep::numeric_axis(sweep.spec, "learning_rate");
  CHECK(axis.logarithmic);
  const std::vector<sweep::SensitivityCurve> curves =
      sweep::sensitivity_curves(report.settings, axis, "lower");
  REQUIRE(curves.size() == 2);
  const auto medians = [](const sweep::SensitivityCurve& curve) {
    std::vector<std::pair<double, double>> points;
    for (const auto& point : curve.points)
      points.emplace_back(point.x, point.is_lost() ? -1 : point.setting.statistics.median);
    return points;
  };
  CHECK(curves[0].optimizer == "adam");
  CHECK(medians(curves[0]) == std::vector<std::pair<double, double>>{{1e-4, 3}, {1e-3, 0.5}, {0.01, 0.25}});
  CHECK(curves[1].optimizer == "sgd");
  CHECK(medians(curves[1]) ==
        std::vector<std::pair<double, double>>{{1e-3, 2}, {0.01, 0.5}, {0.1, 0.1}, {1, -1}});
  CHECK(curves[1].points[2].setting.went_wrong() == 2);
}

TEST_CASE("an axis of numbers is found by its end, and what is none is told", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(
      folder.path,
      "{axes: {optimizer: {choice: [{plugin: sgd, learning_rate: {choice: [0.1, 0.2]}}]}, model.start: "
      "{choice: [[0, 0], [1, 1]]}, trainer.steps: {min: 10, max: 1000, scale: log, points: 3}}}");
  CHECK_FALSE(sweep::numeric_axis(sweep.spec, "learning_rate").logarithmic);
  CHECK(sweep::numeric_axis(sweep.spec, "trainer.steps").logarithmic);
  CHECK(sweep::numeric_axis(sweep.spec, "steps").of(sweep.runs.back().settings) == 1000);
  CHECK_FALSE(sweep::numeric_axis(sweep.spec, "steps").of({{"optimizer", Value::of("sgd")}}));
  CHECK(error_of([&] { sweep::numeric_axis(sweep.spec, "start"); }) ==
        "the axis 'model.start' has no numbers, but values such as '[0, 0]'; axes of numbers are: "
        "optimizer.learning_rate, trainer.steps");
  CHECK_THAT(error_of([&] { sweep::numeric_axis(sweep.spec, "beta1"); }),
             Contains("the sweep has no axis 'beta1'; axes of numbers are: optimizer.learning_rate"));
  CHECK_THAT(error_of([&] {
               sweep::NumericAxis{"rate", false}.of({{"a.rate", Value::of(1)}, {"b.rate", Value::of(2)}});
             }),
             Contains("'rate' may be 'a.rate' or 'b.rate'"));
}

#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/example_runs.hpp"
#include "descent/analysis/metrics.hpp"
#include "descent/analysis/selection.hpp"
#include "descent/analysis/statistics.hpp"
#include "descent/runlog/log_writer.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A log of two sets: `train` with an objective 5, 3, nan, 4, and `test.ring` with `modes` 1, 8, 7 and
/// `size`.
runlog::LogReader example_log(const std::filesystem::path& directory) {
  runlog::LogSchema schema;
  schema.run_id = "example";
  schema.experiment = "name: example\n";
  schema.sets = {{"train", {{"objective", "", "", "lower"}}},
                 {"test.ring", {{"modes", "", "", "higher"}, {"size", "m", ""}}},
                 {"validation.accuracy", {{"accuracy", "", "", "higher"}}}};
  runlog::LogWriter log(directory, schema);
  std::int64_t step = 0;
  for (const double value : {5.0, 3.0, nan, 4.0})
    log.append(log.set("train"), ++step, 0.5, std::span(&value, 1));
  step = 0;
  for (const double modes : {1.0, 8.0, 7.0}) {
    const double row[] = {modes, 2.5};
    log.append(log.set("test.ring"), step += 2, 0.5, row);
  }
  log.finish(runlog::RunStatus::done);
  return runlog::LogReader(directory / "log.h5");
}

std::vector<std::string> names(const std::vector<analysis::LoggedMetric>& metrics) {
  std::vector<std::string> all;
  for (const analysis::LoggedMetric& metric : metrics) all.push_back(metric.name());
  return all;
}

}  // namespace

TEST_CASE("the log says of each metric which direction is better") {
  const ScratchFolder folder;
  const runlog::LogReader log = example_log(folder.path);
  const std::vector<analysis::LoggedMetric> metrics = analysis::metrics_of(log);
  CHECK(names(metrics) == std::vector<std::string>{"train/objective", "test.ring/modes", "test.ring/size",
                                                   "validation.accuracy/accuracy"});
  CHECK(metrics[0].column.direction == "lower");
  CHECK(metrics[1].column.direction == "higher");
  CHECK(metrics[2].column.direction.empty());
  runlog::LogSchema wrong;
  wrong.sets = {{"train", {{"objective", "", "", "up"}}}};
  CHECK_THROWS_WITH(wrong.check(), Contains("'objective'") && Contains("'higher' or 'lower'"));
}

TEST_CASE("a player's objective is to be low where there is one player, and metrics know for themselves") {
  const ScratchFolder folder;
  const runlog::LogReader log(run_in(folder.path, rosenbrock) / "log.h5");
  const std::vector<analysis::LoggedMetric> metrics = analysis::metrics_of(log);
  CHECK(analysis::require_metric(metrics, "train/objective").column.direction == "lower");
  CHECK(analysis::require_metric(metrics, "value").column.direction == "lower");
  const runlog::LogReader game(run_in(folder.path,
                                      "name: game\nmodel: {plugin: point, start: {x: [1.0], y: [1.0]}}\n"
                                      "loss: bilinear\noptimizer: {plugin: sgd}\ntrainer: {steps: 2}\n") /
                               "log.h5");
  for (const analysis::LoggedMetric& metric : analysis::metrics_of(game))
    CHECK(metric.column.direction.empty());
  CHECK(analysis::main_metrics(analysis::metrics_of(game)).size() == 2);
  const runlog::LogReader summed(
      run_in(folder.path,
             "name: summed\nmodel: {plugin: point, start: [1.0]}\nloss: quadratic\n"
             "optimizer: {plugin: sgd}\ntrainer: {steps: 2}\n"
             "log: {tensors: [{values: '*', every: 1, summary: true}]}\n") /
      "log.h5");
  CHECK(names(analysis::main_metrics(analysis::metrics_of(summed))) ==
        std::vector<std::string>{"train/objective"});
}

TEST_CASE("a metric may be called by as much of its name as tells it from the others") {
  const ScratchFolder folder;
  const std::vector<analysis::LoggedMetric> metrics = analysis::metrics_of(example_log(folder.path));
  for (const char* name : {"test.ring/modes", "ring/modes", "modes"})
    CHECK(analysis::require_metric(metrics, name).name() == "test.ring/modes");
  // A set of one column stands for it.
  for (const char* name : {"accuracy", "validation.accuracy", "accuracy/accuracy"})
    CHECK(analysis::require_metric(metrics, name).name() == "validation.accuracy/accuracy");
  CHECK_FALSE(analysis::find_metric(metrics, "ring").has_value());
  CHECK_FALSE(analysis::find_metric(metrics, "odes").has_value());
  CHECK_THROWS_WITH(analysis::require_metric(metrics, "mdoes"), Contains("did you mean 'modes'?"));
  CHECK_THROWS_WITH(analysis::require_metric(metrics, "zzzzzzzz"), Contains("there are: train/objective"));
  std::vector<analysis::LoggedMetric> two = metrics;
  two.push_back({"validation.ring", {"modes", "", "", ""}});
  CHECK_THROWS_WITH(analysis::require_metric(two, "modes"),
                    Contains("test.ring/modes, validation.ring/modes"));
  CHECK(names(analysis::main_metrics(metrics)) ==
        std::vector<std::string>{"test.ring/modes", "test.ring/size", "validation.accuracy/accuracy"});
}

TEST_CASE("the best row is the first best in the metric's direction, and never one that is not a number") {
  const ScratchFolder folder;
  const runlog::LogReader log = example_log(folder.path);
  const std::vector<analysis::LoggedMetric> metrics = analysis::metrics_of(log);
  CHECK(analysis::last_point(log, metrics[0])->value == 4);
  CHECK(analysis::best_point(log, metrics[0])->value == 3);
  CHECK(analysis::best_point(log, metrics[0])->step == 2);
  CHECK(analysis::last_point(log, metrics[1])->step == 6);
  CHECK(analysis::best_point(log, metrics[1])->value == 8);
  CHECK(analysis::best_point(log, metrics[1])->step == 4);
  CHECK_FALSE(analysis::best_point(log, metrics[2]).has_value());
  CHECK_FALSE(analysis::last_point(log, metrics[3]).has_value());
  CHECK_FALSE(analysis::best_point(log, metrics[3]).has_value());
}

TEST_CASE("a damaged row is told, and not taken for a result") {
  const ScratchFolder folder;
  example_log(folder.path);
  damage_number(folder.path / "log.h5", 7.0);  // the last row of modes
  const runlog::LogReader log(folder.path / "log.h5");
  const std::vector<analysis::LoggedMetric> metrics = analysis::metrics_of(log);
  CHECK_THROWS_WITH(analysis::last_point(log, metrics[1]), Contains("metrics/test.ring: row 2 (step 6)"));
  CHECK(analysis::last_point(log, metrics[0])->value == 4);
  // It might have been the best.
  CHECK_THROWS_WITH(analysis::best_point(log, metrics[1]), Contains("metrics/test.ring: row 2 (step 6)"));
  CHECK(log.column("test.ring", "modes", 0, 2) == std::vector<double>{1, 8});
  CHECK_THROWS_WITH(log.column("test.ring", "modes"), Contains("log.h5") && Contains("row 2 (step 6)"));
  CHECK_THROWS_WITH(log.steps("test.ring"), Contains("row 2 (step 6)"));
  CHECK(log.verify_rows("test.ring", 0, 2).empty());
  CHECK(log.verify_rows("test.ring", 2, 1).size() == 1);
  CHECK_THROWS_WITH(analysis::select(log, {{}, {"modes"}, {}}),
                    Contains("damaged") && Contains("row 2 (step 6)"));
  CHECK_NOTHROW(analysis::select(log, {{"train"}, {}, {}}));
}

TEST_CASE("a selection is what was named, and all metrics where nothing was") {
  const ScratchFolder folder;
  const runlog::LogReader log = example_log(folder.path);
  CHECK(analysis::select(log, {}).sets.size() == 3);
  const analysis::Selection some = analysis::select(log, {{"train"}, {"size"}, {}});
  REQUIRE(some.sets.size() == 2);
  CHECK(some.sets[0].name == "train");
  CHECK(names(some.sets[1].metrics) == std::vector<std::string>{"test.ring/size"});
  CHECK_THROWS_WITH(analysis::select(log, {{"trian"}, {}, {}}), Contains("did you mean 'train'?"));
  CHECK_THROWS_WITH(analysis::select(log, {{}, {}, {"*"}}), Contains("no tensors"));
}

TEST_CASE("statistics of a few numbers") {
  const analysis::Statistics some = analysis::statistics_of({4, 1, 3, 2});
  CHECK(some.count == 4);
  CHECK(some.mean == 2.5);
  CHECK(some.median == 2.5);
  CHECK(some.minimum == 1);
  CHECK(some.maximum == 4);
  // (2.25 + 0.25 + 0.25 + 2.25) / 3
  CHECK(some.standard_deviation.value() == Approx(std::sqrt(5.0 / 3)));
  CHECK(analysis::statistics_of({3, 1, 2}).median == 2);
  CHECK_FALSE(analysis::statistics_of({7}).standard_deviation.has_value());
  CHECK(analysis::statistics_of({7}).mean == 7);
  CHECK(analysis::statistics_of({}).count == 0);
}

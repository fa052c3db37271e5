#include <catch2/catch.hpp>
#include <cmath>

#include "descent/analysis/ranking.hpp"
#include "descent/sweep/deepobs.hpp"
#include "descent/sweep/setting_results.hpp"
#include "support/experiment_text.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;
using analysis::Standing;

// Which setting is the best: one order, whoever asks.
namespace {

/// Three rates on one seed, in this order of the list, and two more seeds for the best.
sweep::FrozenSweep three_rates(const std::filesystem::path& root, const std::string& rates) {
  return frozen_sweep(root,
                      "{axes: {optimizer.learning_rate: {choice: [" + rates +
                          "]}}, seeds: 1, objective: objective/value, protocol: {deepobs: {seeds: 3}}}");
}

/// The setting that the protocol plays with the final seeds.
std::string played(sweep::FrozenSweep& sweep) {
  sweep::DeepObs protocol(sweep, {});
  const auto task = protocol.next();
  return task ? std::filesystem::path(sweep.runs[task->run].folder).parent_path().string() : "none";
}

/// The setting that tables, figures and the sweep's last line call the best.
std::string called_best(const sweep::FrozenSweep& sweep) {
  const sweep::SweepResults results = sweep::read_results(sweep);
  const sweep::SweepReport report = sweep::report_of(sweep, results, ranked_values(sweep, results).value());
  const sweep::SettingResult* best = sweep::best_of_all(report);
  return best == nullptr ? "none" : best->folder;
}

}  // namespace

TEST_CASE(
    "a value comes first, then fewer runs that went wrong, then the better mean, then fewer that are "
    "missing") {
  // The best first.
  const std::vector<Standing> lower = {{3, 1.0, 0, 0}, {2, 1.0, 0, 1}, {3, 2.0, 0, 0}, {2, 0.5, 1, 0},
                                       {1, 0.1, 2, 0}, {0, 0, 0, 3},   {0, 0, 3, 0}};
  for (std::size_t left = 0; left < lower.size(); ++left)
    for (std::size_t right = 0; right < lower.size(); ++right) {
      CAPTURE(left, right);
      CHECK(analysis::ranks_before(lower[left], lower[right], "lower") == (left < right));
      CHECK_FALSE(analysis::ranks_before(lower[left], lower[right], ""));
    }
  CHECK(analysis::ranks_before({1, 2.0}, {1, 1.0}, "higher"));
  CHECK_FALSE(analysis::ranks_before({1, 1.0}, {1, 1.0}, "higher"));
}

TEST_CASE("of equal settings the protocol deepobs plays the one that tables call the best", "[sweep]") {
  const auto [rates, best] = GENERATE(table<std::string, std::string>({
      {"1.0e-5, 1.0e-3, 0.1", "learning_rate=1e-05"},
      {"0.1, 1.0e-5, 1.0e-3", "learning_rate=0.1"},
      {"1.0e-3, 0.1, 1.0e-5", "learning_rate=0.001"},
  }));
  CAPTURE(rates);
  const ScratchFolder folder;
  sweep::FrozenSweep sweep = three_rates(folder.path, rates);
  for (const char* rate : {"1e-05", "0.001", "0.1"})
    finish_run(sweep, std::string("learning_rate=") + rate + "/seed=1", 2.5);
  CHECK(called_best(sweep) == best);
  CHECK(played(sweep) == best);
  // Once they have begun the final runs are those of that setting alone.
  for (const char* seed : {"2", "3"}) finish_run(sweep, best + "/seed=" + seed, 7);
  CHECK(called_best(sweep) == best);
}

TEST_CASE("what diverged, or ended without a number, has its place in that order too", "[sweep]") {
  const ScratchFolder folder;
  sweep::FrozenSweep sweep = three_rates(folder.path, "0.1, 0.2, 0.3");
  diverge_run(sweep, "learning_rate=0.1/seed=1");
  end_run(sweep, "learning_rate=0.2/seed=1", {runlog::RunStatus::done, 100}, {{100, NAN}});
  finish_run(sweep, "learning_rate=0.3/seed=1", 1e9);
  CHECK(called_best(sweep) == "learning_rate=0.3");
  CHECK(played(sweep) == "learning_rate=0.3");
}

TEST_CASE("where no setting has a number there is no best one, and no final run", "[sweep]") {
  const ScratchFolder folder;
  sweep::FrozenSweep sweep = three_rates(folder.path, "0.1, 0.2, 0.3");
  for (const char* rate : {"0.1", "0.2"})
    diverge_run(sweep, std::string("learning_rate=") + rate + "/seed=1");
  end_run(sweep, "learning_rate=0.3/seed=1", {runlog::RunStatus::done, 100}, {{100, NAN}});
  CHECK(called_best(sweep) == "none");
  CHECK(played(sweep) == "none");
}

TEST_CASE("the best of a sweep is a setting, and not the luckiest run", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(
      folder.path,
      "{axes: {optimizer.learning_rate: {choice: [0.1, 0.2, 0.3]}}, seeds: 2, objective: objective/value}");
  finish_runs(sweep, "learning_rate=0.1", {0, 10});
  finish_runs(sweep, "learning_rate=0.2", {4, 4});
  finish_run(sweep, "learning_rate=0.3/seed=1", 1);
  diverge_run(sweep, "learning_rate=0.3/seed=2");
  CHECK(called_best(sweep) == "learning_rate=0.2");
}

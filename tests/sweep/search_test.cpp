#include "descent/sweep/search.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "descent/sweep/search_journal.hpp"
#include "plan_support.hpp"
#include "support/synthetic_sweep.hpp"
#include "support/test_registry.hpp"

using namespace descent;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

const std::string two_ranges =
    "axes: {optimizer.learning_rate: {min: 1.0e-4, max: 1.0, scale: log}, optimizer.beta1: {min: 0.0, max: "
    "0.9}}";

std::string search_section(const std::string& method, int runs, const std::string& axes = two_ranges,
                           const std::string& more = "") {
  return fmt::format("{{method: {}, runs: {}, {}, objective: objective/value{}}}", method, runs, axes, more);
}

double setting_number(const sweep::FrozenRun& run, const std::string& path) {
  for (const sweep::Setting& setting : run.settings)
    if (setting.path == path) return setting.value.number();
  FAIL("no setting " << path);
  return 0;
}

/// Of the settings and the seed; least at a rate of 0.01 and beta1 0.3. Some go wrong.
struct SearchOutcome {
  double value = 0;
  runlog::RunStatus status = runlog::RunStatus::done;
};
SearchOutcome outcome_of(const sweep::FrozenRun& run) {
  const double rate = std::log10(setting_number(run, "optimizer.learning_rate")) + 2,
               beta = setting_number(run, "optimizer.beta1") - 0.3;
  SearchOutcome found{rate * rate + beta * beta + 0.001 * static_cast<double>(run.seed)};
  if (rate > 1.5) found.status = runlog::RunStatus::diverged;
  if (beta > 0.55) found.status = runlog::RunStatus::failed;
  return found;
}

runlog::RunState play_run(const sweep::FrozenSweep& sweep, std::size_t run) {
  const SearchOutcome found = outcome_of(sweep.runs[run]);
  const runlog::RunState state{found.status, 100};
  fs::remove(sweep.directory_of(run) / "log.h5");
  end_run(sweep, sweep.runs[run].folder, state, {{50, found.value + 1}, {100, found.value}});
  return state;
}

enum class EndOrder { first_in_first_out, last_in_first_out };

/// As one process with so many runs at a time, which ends after `most` tasks at the latest. Returns how many it played.
int play_search(const fs::path& directory, int jobs, EndOrder order = EndOrder::first_in_first_out,
                int most = 100000, const std::set<runlog::RunStatus>& retried = {}) {
  sweep::FrozenSweep sweep = sweep::read_sweep(directory);
  sweep::Search search(sweep, test_registry(), retried);
  std::vector<sweep::Task> running;
  int played = 0;
  while (played < most) {
    while (std::ssize(running) < jobs) {
      const auto task = search.next();
      if (!task) break;
      running.push_back(*task);
    }
    if (running.empty()) break;
    const auto one = order == EndOrder::first_in_first_out ? running.begin() : running.end() - 1;
    const sweep::Task task = *one;
    running.erase(one);
    search.ended(task, play_run(sweep, task.run));
    ++played;
  }
  return played;
}

std::vector<std::string> listed_folders(const fs::path& directory) {
  std::vector<std::string> folders;
  for (const sweep::FrozenRun& run : sweep::read_sweep(directory).runs) folders.push_back(run.folder);
  return folders;
}

std::string journal_text(const fs::path& directory) {
  return content(directory / "journal.jsonl");
}

double best_value(const fs::path& directory) {
  double best = INFINITY;
  for (const sweep::FrozenRun& run : sweep::read_sweep(directory).runs) {
    const SearchOutcome found = outcome_of(run);
    if (found.status == runlog::RunStatus::done) best = std::min(best, found.value);
  }
  return best;
}

}  // namespace

TEST_CASE("a search plays as many settings as were asked for, with every seed, and comes near the best",
          "[sweep][search]") {
  const std::string method = GENERATE("tpe", "cmaes");
  CAPTURE(method);
  const ScratchFolder root;
  frozen_sweep(root.path, search_section(method, 41, two_ranges, ", seeds: 2"));
  CHECK(play_search(root.path / "valley", 3) == 82);
  const std::vector<std::string> folders = listed_folders(root.path / "valley");
  CHECK(folders.size() == 82);
  CHECK(std::set(folders.begin(), folders.end()).size() == 82);
  // Of 41 settings drawn evenly in the rectangle of 4 by 0.9 the nearest is some 0.1 away: (1.5²·0.9/41)/π.
  CHECK(best_value(root.path / "valley") < 0.03);
  CHECK(play_search(root.path / "valley", 3) == 0);
}

TEST_CASE(
    "a search proposes the same with any number of runs at a time, in any order of their ends, and when it "
    "is killed",
    "[sweep][search]") {
  const std::string method = GENERATE("tpe", "cmaes");
  CAPTURE(method);
  const std::string text = search_section(method, 26, two_ranges, ", seeds: 2");
  const ScratchFolder one, four, killed;
  frozen_sweep(one.path, text);
  frozen_sweep(four.path, text);
  frozen_sweep(killed.path, text);
  play_search(one.path / "valley", 1);
  play_search(four.path / "valley", 5, EndOrder::last_in_first_out);
  const int parts = GENERATE(1, 4, 7);
  while (play_search(killed.path / "valley", 3, EndOrder::last_in_first_out, parts) > 0) {
  }
  CHECK(listed_folders(four.path / "valley") == listed_folders(one.path / "valley"));
  CHECK(journal_text(four.path / "valley") == journal_text(one.path / "valley"));
  CHECK(listed_folders(killed.path / "valley") == listed_folders(one.path / "valley"));
  CHECK(journal_text(killed.path / "valley") == journal_text(one.path / "valley"));
}

TEST_CASE(
    "what a kill leaves between the journal and the list is finished, and a line that it cut is written anew",
    "[sweep][search]") {
  const ScratchFolder root, whole;
  frozen_sweep(root.path, search_section("tpe", 12));
  frozen_sweep(whole.path, search_section("tpe", 12));
  play_search(whole.path / "valley", 1);
  const fs::path directory = root.path / "valley";
  play_search(directory, 1, EndOrder::first_in_first_out, 4);
  const std::string list = content(directory / "runs.jsonl"), journal = journal_text(directory);
  // The second round is in the journal, and its runs are not in the list; their folders are half there.
  {
    sweep::FrozenSweep sweep = sweep::read_sweep(directory);
    CHECK(sweep::Search(sweep, test_registry(), {}).next());
  }
  CHECK(journal_text(directory) != journal);
  std::ofstream(directory / "runs.jsonl") << list;
  fs::remove_all(directory / sweep::read_sweep(whole.path / "valley").runs[5].folder);
  const bool cut = GENERATE(false, true);
  if (cut) {
    const std::string longer = journal_text(directory);
    std::ofstream(directory / "journal.jsonl") << longer.substr(0, longer.size() - 20);
  }
  play_search(directory, 1);
  CHECK(listed_folders(directory) == listed_folders(whole.path / "valley"));
  if (!cut) CHECK(journal_text(directory) == journal_text(whole.path / "valley"));
  for (const std::string& folder : listed_folders(directory))
    CHECK(content(directory / folder / "experiment.yaml") ==
          content(whole.path / "valley" / folder / "experiment.yaml"));
}

TEST_CASE("two processes that share a search play each run once, and propose what one would",
          "[sweep][search]") {
  const ScratchFolder root, alone;
  frozen_sweep(root.path, search_section("cmaes", 18));
  frozen_sweep(alone.path, search_section("cmaes", 18));
  play_search(alone.path / "valley", 1);
  sweep::FrozenSweep a = sweep::read_sweep(root.path / "valley"), b = a;
  sweep::Search first(a, test_registry(), {}), second(b, test_registry(), {});
  for (;;) {
    const auto task = first.next();
    const auto other = second.next();  // waits for what the first one plays
    if (!task) {
      CHECK(!other);
      break;
    }
    REQUIRE(other);
    CHECK(a.runs[task->run].folder == b.runs[other->run].folder);
    const runlog::RunState state = play_run(a, task->run);
    first.ended(*task, state);
    second.ended(*other, state);
  }
  CHECK(listed_folders(root.path / "valley") == listed_folders(alone.path / "valley"));
  CHECK(journal_text(root.path / "valley") == journal_text(alone.path / "valley"));
}

TEST_CASE("a longer search begins like a shorter one, and freezing again keeps what was found",
          "[sweep][search]") {
  const std::string method = GENERATE("tpe", "cmaes");
  CAPTURE(method);
  const ScratchFolder root, whole;
  frozen_sweep(whole.path, search_section(method, 22));
  play_search(whole.path / "valley", 1);
  frozen_sweep(root.path, search_section(method, 9));
  const fs::path directory = root.path / "valley";
  CHECK(play_search(directory, 2) == 9);
  frozen_sweep(root.path, search_section(method, 9));
  CHECK(listed_folders(directory).size() == 9);
  CHECK(play_search(directory, 2) == 0);
  frozen_sweep(root.path, search_section(method, 22));
  CHECK(listed_folders(directory).size() == 9);
  CHECK(play_search(directory, 2) == 13);
  CHECK(listed_folders(directory) == listed_folders(whole.path / "valley"));
  // A shorter one leaves the last out.
  frozen_sweep(root.path, search_section(method, 9));
  CHECK(listed_folders(directory).size() == 9);
}

TEST_CASE("another seed, batch, axis, objective or experiment is another search", "[sweep][search]") {
  const ScratchFolder root;
  const auto identity = [&](const std::string& text) {
    const sweep::FrozenSweep sweep = frozen_sweep(root.path, text);
    return sweep::search_identity(sweep.spec, sweep.base_hash);
  };
  const std::string before = identity(search_section("tpe", 8));
  CHECK(identity(search_section("tpe", 80)) == before);
  CHECK(identity(search_section("tpe", 8, two_ranges, ", timeout: 5 minutes")) == before);
  std::set<std::string> all = {before};
  all.insert(identity(search_section("cmaes", 8)));
  all.insert(identity(search_section("tpe", 8, two_ranges, ", seed: 2")));
  all.insert(identity(search_section("tpe", 8, two_ranges, ", batch: 2")));
  all.insert(identity(search_section("tpe", 8, two_ranges, ", seeds: 2")));
  all.insert(identity(
      search_section("tpe", 8, "axes: {optimizer.learning_rate: {min: 1.0e-4, max: 0.9, scale: log}}")));
  all.insert(identity(search_section("tpe", 8, "axes: {optimizer.learning_rate: {min: 1.0e-4, max: 0.9}}")));
  all.insert(identity(search_section("tpe", 8, "axes: {optimizer.learning_rate: {choice: [1.0e-4, 0.9]}}")));
  CHECK(all.size() == 8);
}

TEST_CASE("what went wrong counts as the worst, and what is tried again changes no round that was proposed",
          "[sweep][search]") {
  const ScratchFolder root;
  frozen_sweep(root.path, search_section("tpe", 16));
  const fs::path directory = root.path / "valley";
  play_search(directory, 1);
  const std::string journal = journal_text(directory);
  const sweep::FrozenSweep sweep = sweep::read_sweep(directory);
  const auto wrong = std::count_if(sweep.runs.begin(), sweep.runs.end(), [](const sweep::FrozenRun& run) {
    return outcome_of(run).status == runlog::RunStatus::diverged;
  });
  REQUIRE(wrong > 0);
  CHECK(play_search(directory, 1, EndOrder::first_in_first_out, 1000, {runlog::RunStatus::diverged}) ==
        wrong);
  CHECK(journal_text(directory) == journal);
}

TEST_CASE("a search over few settings ends when all of them were tried", "[sweep][search]") {
  const ScratchFolder root;
  const std::string axes =
      "axes: {optimizer.learning_rate: {choice: [0.001, 0.01, 0.1]}, optimizer.beta1: {choice: [0.0, 0.5]}}";
  frozen_sweep(root.path, search_section("tpe", 20, axes));
  CHECK(play_search(root.path / "valley", 2) == 6);
  CHECK(play_search(root.path / "valley", 2) == 0);
}

TEST_CASE("cmaes plays no setting twice, and ends where whole numbers leave nothing new", "[sweep][search]") {
  const ScratchFolder root;
  frozen_sweep(
      root.path,
      "{method: cmaes, runs: 100, axes: {trainer.steps: {min: 98, max: 103}}, objective: objective/value}");
  const fs::path directory = root.path / "valley";
  sweep::FrozenSweep sweep = sweep::read_sweep(directory);
  sweep::Search search(sweep, test_registry(), {});
  int played = 0;
  while (const auto task = search.next()) {
    const double value = std::abs(setting_number(sweep.runs[task->run], "trainer.steps") - 101);
    end_run(sweep, sweep.runs[task->run].folder, {runlog::RunStatus::done, 100}, {{100, value}});
    search.ended(*task, {runlog::RunStatus::done, 100});
    ++played;
  }
  CHECK(played <= 6);
  CHECK(played >= 4);
  const std::vector<std::string> folders = listed_folders(directory);
  CHECK(std::set(folders.begin(), folders.end()).size() == folders.size());
}

TEST_CASE("a run of a later round is frozen as a planned one is", "[sweep][search]") {
  const std::string axes =
      "axes: {optimizer: {choice: [{plugin: sgd, momentum: {min: 0.0, max: 0.9}}, {plugin: adam, "
      "learning_rate: {min: "
      "0.001, max: 0.1, scale: log}}, adagrad]}, model.start: {choice: [[-1.2, 1.0], [0.0, 3.0]]}}";
  const ScratchFolder root;
  frozen_sweep(root.path, search_section("tpe", 12, axes));
  const fs::path directory = root.path / "valley";
  sweep::FrozenSweep sweep = sweep::read_sweep(directory);
  sweep::Search search(sweep, test_registry(), {});
  while (const auto task = search.next()) {
    finish_run(sweep, sweep.runs[task->run].folder, static_cast<double>(task->run));
    search.ended(*task, {runlog::RunStatus::done, 100});
  }
  REQUIRE(sweep.runs.size() == 12);
  // Frozen at once, from the sweep's file.
  sweep::SweepPlan plan = sweep::plan_sweep(root.path / "valley.yaml", {}, test_registry());
  plan.spec.method = sweep::SweepSpec::Method::random;
  plan.configurations.clear();
  plan.runs.clear();
  const sweep::SearchSpace space(sweep.spec);
  const auto rounds = sweep::read_rounds(sweep, space, sweep::search_identity(sweep.spec, sweep.base_hash));
  for (const std::vector<sweep::Setting>& settings : sweep::settings_of(sweep.spec, rounds)) {
    const sweep::FrozenRun& run = sweep.runs[plan.runs.size()];
    plan.runs.push_back({plan.configurations.size(), run.seed, run.identity});
    plan.configurations.push_back({settings, fs::path(run.folder).parent_path().string()});
  }
  sweep::freeze_sweep(plan, root.path / "planned", test_registry());
  for (const sweep::FrozenRun& run : sweep.runs) {
    CAPTURE(run.folder);
    CHECK(content(root.path / "planned" / run.folder / "experiment.yaml") ==
          content(directory / run.folder / "experiment.yaml"));
  }
}

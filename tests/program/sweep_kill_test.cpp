#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "descent/runlog/status_file.hpp"
#include "process_group.hpp"
#include "small_sweeps.hpp"
#include "support/log_content.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::Finished;
using testing::game;
using testing::ProcessGroup;
using testing::ScratchFolder;
using testing::states_of;
using testing::sweep_in;
namespace fs = std::filesystem;

namespace {

/// The sweep's processes, killed together at random moments, so often; then the sweep run to its end. Returns
/// how many of the kills met a sweep that was still at work.
int kill_again_and_again(const ScratchFolder& folder, int kills, unsigned seed,
                         const std::string& change = "seed=1") {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> wait(5, 200);
  int met = 0;
  const std::vector<std::string> command = {
      testing::descent_program(), "sweep", "game.yaml", "-j", "2", "--quiet"};
  for (int i = 0; i < kills; ++i) {
    ProcessGroup sweep(command, folder.path);
    std::this_thread::sleep_for(std::chrono::milliseconds(wait(random)));
    sweep.kill_all();
    met += sweep.wait() == -SIGKILL ? 1 : 0;
  }
  const Finished end = sweep_in(folder, {"game.yaml", change, "-j", "2"});
  INFO(end.errors << end.output);
  CHECK(end.exit_code == 0);
  return met;
}

void check_same_results(const fs::path& killed, const fs::path& undisturbed) {
  const sweep::FrozenSweep sweep = sweep::read_sweep(killed), expected = sweep::read_sweep(undisturbed);
  REQUIRE(sweep.runs.size() == expected.runs.size());
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    INFO(sweep.runs[run].folder);
    CHECK(sweep.runs[run].identity == expected.runs[run].identity);
    CHECK(sweep::progress_of(sweep.directory_of(run)).state.status == runlog::RunStatus::done);
    CHECK(testing::first_difference(testing::content_of(sweep.directory_of(run) / "log.h5"),
                                    testing::content_of(expected.directory_of(run) / "log.h5")) == "");
  }
}

const std::map<std::string, std::string> killed_sweeps = {
    {"grid",
     "sweep: {axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}, model.latent: {choice: [2, 4]}}, "
     "seeds: 2}\n"},
    {"random",
     "sweep: {axes: {optimizer.learning_rate: {min: 1.0e-5, max: 1.0e-2, scale: log}}, method: random, "
     "runs: 4, seeds: 2}\n"},
    {"sobol",
     "sweep: {axes: {optimizer.learning_rate: {min: 1.0e-5, max: 1.0e-2, scale: log}}, method: sobol, "
     "runs: 4, seeds: 2}\n"}};

void kill_test(const std::string& method, int kills, const std::string& steps) {
  const ScratchFolder killed, undisturbed;
  killed.write("game.yaml", game(killed_sweeps.at(method)));
  undisturbed.write("game.yaml", game(killed_sweeps.at(method)));
  REQUIRE(sweep_in(undisturbed, {"game.yaml", steps, "-j", "2"}).exit_code == 0);
  CHECK(kill_again_and_again(killed, kills, 7, steps) == kills);
  check_same_results(killed.path / "runs/game", undisturbed.path / "runs/game");
}

}  // namespace

TEST_CASE("a sweep that is killed again and again ends with the bits of one that was not",
          "[program][sweep]") {
  kill_test("grid", 3, "trainer.steps=400");
}

TEST_CASE("grids, random and Sobol sweeps survive ten kills each", "[program][sweep][slow]") {
  const std::string method = GENERATE(as<std::string>(), "grid", "random", "sobol");
  INFO(method);
  kill_test(method, 10, "trainer.steps=4000");
}

TEST_CASE("successive halving promotes the best third, and honours its journal after kills",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("game.yaml", game("sweep:\n"
                                 "  axes: {optimizer.learning_rate: {min: 1.0e-5, max: 1.0e-1, scale: log}}\n"
                                 "  method: halving\n"
                                 "  runs: 9\n"
                                 "  halving: {first_rung: 30, reduction: 3}\n"
                                 "  objective: mode_coverage/high_quality\n"));
  kill_again_and_again(folder, 4, 3);
  const fs::path sweep = folder.path / "runs/game";
  std::map<std::string, std::set<std::int64_t>> granted;
  std::ifstream journal(sweep / "journal.jsonl");
  for (std::string line; std::getline(journal, line);) {
    const std::size_t begin = line.find("learning_rate="), end = line.find('"', begin);
    if (end == std::string::npos) continue;  // cut by a kill
    const bool is_new = granted[line.substr(begin, end - begin)]
                            .insert(std::stoll(line.substr(line.find("\"steps\": ") + 9)))
                            .second;
    CHECK(is_new);
  }
  CHECK(granted.size() == 9);
  std::map<std::int64_t, int> ends;
  for (const auto& [run, state] : states_of(sweep)) {
    INFO(run << " " << state.reason);
    const auto& rungs = granted.at(fs::path(run).parent_path().string());
    const std::int64_t last = rungs.contains(0) ? 270 : *rungs.rbegin();
    CHECK(state.step == last);
    CHECK(state.status == (last == 270 ? runlog::RunStatus::done : runlog::RunStatus::skipped));
    ++ends[last];
  }
  CHECK(ends[270] >= 1);
  CHECK(ends[30] >= 5);
  CHECK_THAT(sweep_in(folder, {"game.yaml"}).output, Contains("not promoted"));
}

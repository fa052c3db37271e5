#include "descent/sweep/halving.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support/experiment_text.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

/// Of 100 steps each, of which the first ten are the first rung.
sweep::FrozenSweep halving_of(const std::filesystem::path& root, int settings, int reduction) {
  return frozen_sweep(root,
                      fmt::format("{{method: halving, runs: {}, halving: {{first_rung: 10, reduction: {}}}, "
                                  "axes: {{optimizer.learning_rate: {{min: 0.1, max: 0.9}}}}, objective: "
                                  "objective/value}}",
                                  settings, reduction));
}

/// Which settings were trained how far, in that order: `0@10`; to the end, `0@end`.
class Playing {
 public:
  explicit Playing(const sweep::FrozenSweep& sweep) : sweep_(sweep) {}

  /// The setting of a number finds that number, of which less is better; those in `diverging` diverge on the
  /// way to the step, 0 being the end.
  std::map<std::size_t, std::int64_t> diverging;

  /// Plays at most so many tasks, as one process would.
  void play(int most = 1000, const std::set<runlog::RunStatus>& retried = {}) {
    sweep::Halving halving(sweep_, retried);
    for (int i = 0; i < most; ++i) {
      const auto task = halving.next();
      if (!task) return;
      halving.ended(*task, train(*task));
    }
  }

  std::vector<std::string> tasks;

 private:
  runlog::RunState train(const sweep::Task& task) {
    tasks.push_back(fmt::format("{}@{}", task.run, task.until > 0 ? std::to_string(task.until) : "end"));
    const std::string& folder = sweep_.runs[task.run].folder;
    std::filesystem::remove(sweep_.directory / folder / "log.h5");
    const std::int64_t last = task.until > 0 ? task.until : 100;
    const auto found = diverging.find(task.run);
    const bool diverges = found != diverging.end() && found->second == task.until;
    const runlog::RunState state{diverges         ? runlog::RunStatus::diverged
                                 : task.until > 0 ? runlog::RunStatus::stopped
                                                  : runlog::RunStatus::done,
                                 last};
    std::vector<MeasuredRow> rows;
    for (std::int64_t step = 10; diverges ? step < last : step <= last; step += 10)
      rows.push_back({step, static_cast<double>(task.run)});
    end_run(sweep_, folder, state, rows);
    return state;
  }

  const sweep::FrozenSweep& sweep_;
};

using Tasks = std::vector<std::string>;

std::size_t count(const Tasks& tasks, const std::string& rung) {
  return static_cast<std::size_t>(std::count_if(
      tasks.begin(), tasks.end(), [&](const std::string& task) { return task.ends_with("@" + rung); }));
}

}  // namespace

TEST_CASE("the last rung of successive halving is not one barely longer than the rung before it", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 9, 3);
  Playing playing(sweep);
  playing.play();
  // 10, 30 and 100 steps: 90 would be no rung between 30 and 100.
  CHECK(count(playing.tasks, "10") == 9);
  CHECK(count(playing.tasks, "30") == 3);
  CHECK(count(playing.tasks, "end") == 1);
  CHECK(playing.tasks.size() == 13);
  CHECK(playing.tasks.back() == "0@end");
}

TEST_CASE("of fewer settings than the reduction the best goes to the end", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 2, 3);
  Playing playing(sweep);
  playing.play();
  CHECK(playing.tasks == Tasks{"0@10", "1@10", "0@30", "0@end"});
  CHECK(sweep::progress_of(sweep.directory_of(0)).state.status == runlog::RunStatus::done);
  CHECK(sweep::progress_of(sweep.directory_of(1)).state.status == runlog::RunStatus::skipped);
}

TEST_CASE("where the best goes wrong on its way to the end, the next one goes", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 4, 4);
  Playing playing(sweep);
  playing.diverging = {{0, 0}, {1, 40}};
  playing.play();
  // Rungs 10, 40 and 100.
  CHECK(playing.tasks == Tasks{"0@10", "1@10", "2@10", "3@10", "0@40", "0@end", "1@40", "2@40", "2@end"});
}

TEST_CASE("successive halving promotes nothing where all went wrong", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 2, 2);
  Playing playing(sweep);
  playing.diverging = {{0, 10}, {1, 10}};
  playing.play();
  CHECK(playing.tasks == Tasks{"0@10", "1@10"});
}

TEST_CASE("successive halving that is killed behind every task trains the same settings as far", "[sweep]") {
  const int settings = GENERATE(2, 5, 9);
  CAPTURE(settings);
  const ScratchFolder one, other;
  const sweep::FrozenSweep undisturbed = halving_of(one.path, settings, 3),
                           killed = halving_of(other.path, settings, 3);
  Playing whole(undisturbed), parts(killed);
  whole.diverging = parts.diverging = {{0, 30}};
  whole.play();
  for (std::size_t before = 1; before != parts.tasks.size();) {
    before = parts.tasks.size();
    parts.play(1);
    if (parts.tasks.empty()) break;
  }
  CHECK(parts.tasks == whole.tasks);
  CHECK(count(whole.tasks, "end") == 1);
}

TEST_CASE("a journal's rung that the sweep no longer has is promoted anew", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 3, 3);
  Playing playing(sweep);
  playing.play(3);
  std::ofstream(sweep.directory / "journal.jsonl", std::ios::app)
      << fmt::format("{{\"configuration\": \"{}\", \"rung\": 2, \"steps\": 90}}\n",
                     std::filesystem::path(sweep.runs[0].folder).parent_path().string());
  playing.play();
  CHECK(playing.tasks == Tasks{"0@10", "1@10", "2@10", "0@30", "0@end"});
}

TEST_CASE("what went wrong is tried again on its rung, and what was promoted before stays promoted",
          "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 3, 3);
  Playing playing(sweep);
  playing.diverging = {{0, 10}};
  playing.play();
  CHECK(playing.tasks == Tasks{"0@10", "1@10", "2@10", "1@30", "1@end"});
  const std::string before = content(sweep.directory / "journal.jsonl");
  playing.tasks.clear();
  // It goes wrong once more: nothing else becomes of it.
  playing.play(1000, {runlog::RunStatus::failed});
  CHECK(playing.tasks.empty());
  playing.play(1000, {runlog::RunStatus::diverged});
  CHECK(playing.tasks == Tasks{"0@10"});
  CHECK(content(sweep.directory / "journal.jsonl") == before);
  playing.tasks.clear();
  playing.diverging.clear();
  playing.play(1000, {runlog::RunStatus::diverged});
  CHECK(playing.tasks == Tasks{"0@10", "0@30"});
  CHECK(content(sweep.directory / "journal.jsonl").starts_with(before));
  CHECK(sweep::progress_of(sweep.directory_of(0)).state.status == runlog::RunStatus::skipped);
  CHECK(sweep::progress_of(sweep.directory_of(1)).state.status == runlog::RunStatus::done);
}

TEST_CASE("a run that went wrong on a higher rung is tried again on that one", "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 4, 4);
  Playing playing(sweep);
  playing.diverging = {{0, 0}, {1, 40}};
  playing.play();
  CHECK(playing.tasks.back() == "2@end");
  playing.tasks.clear();
  playing.diverging.clear();
  playing.play(1000, {runlog::RunStatus::diverged});
  CHECK(playing.tasks == Tasks{"0@end", "1@40"});
}

TEST_CASE("a promoted run whose folder was deleted goes to its rung anew, and no other in its place",
          "[sweep]") {
  const ScratchFolder root;
  const sweep::FrozenSweep sweep = halving_of(root.path, 9, 3);
  Playing playing(sweep);
  playing.play();
  playing.tasks.clear();
  std::filesystem::remove_all(sweep.directory_of(0));
  sweep::restore_run(sweep, 0, test_registry());
  playing.play();
  CHECK(playing.tasks == Tasks{"0@end"});
}

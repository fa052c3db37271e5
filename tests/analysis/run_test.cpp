#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "analysis/example_runs.hpp"
#include "descent/analysis/natural_order.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/event_log.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("runs are found however deep, in the order of their numbers, without those moved aside") {
  const ScratchFolder folder;
  for (const char* seed : {"seed=10", "seed=2", "seed=1"}) run_in(folder.path, rosenbrock, {seed});
  run_in(folder.path, rosenbrock, {"optimizer.learning_rate=2e-4"});
  const fs::path runs = folder.path / "rosenbrock";
  fs::copy(runs / "seed=2", runs / "seed=2.old-1", fs::copy_options::recursive);
  fs::create_directories(folder.path / "no run");
  const std::vector<fs::path> expected = {runs / "optimizer.learning_rate=2e-4" / "seed=1", runs / "seed=1",
                                          runs / "seed=2", runs / "seed=10"};
  CHECK(analysis::find_runs(folder.path) == expected);
  CHECK(analysis::find_runs({runs, folder.path, runs / "seed=2"}) == expected);
  CHECK(analysis::find_runs(runs / "seed=2.old-1") == std::vector<fs::path>{runs / "seed=2.old-1"});
  CHECK(analysis::run_at(runs / "seed=2" / "log.h5") == runs / "seed=2");
  CHECK_THROWS_WITH(analysis::run_at(runs), Contains("is no run") && Contains("4 runs below it"));
  CHECK_THROWS_WITH(analysis::run_at(runs / "sead=2"), Contains("seed=2'?"));
  CHECK_THROWS_WITH(analysis::find_runs(folder.path / "rosenbrok"), Contains("rosenbrock'?"));
  CHECK_THROWS_WITH(analysis::find_runs(folder.path / "no run"), Contains("there is no run in"));
}

TEST_CASE("numbers in names are ordered as numbers") {
  CHECK(analysis::natural_less("seed=2", "seed=10"));
  CHECK_FALSE(analysis::natural_less("seed=10", "seed=2"));
  CHECK(analysis::natural_less("a", "a1"));
  CHECK(analysis::natural_less("a1b", "a1c"));
  CHECK(analysis::natural_less("x007", "x8"));
  CHECK_FALSE(analysis::natural_less("same", "same"));
  CHECK(analysis::natural_less("x7", "x07") != analysis::natural_less("x07", "x7"));
}

TEST_CASE("numbers in names are ordered by their values, whatever they look like") {
  const std::vector<std::string> ascending = {"rate=-1e3/seed=1",
                                              "rate=-20.5",
                                              "rate=-2",
                                              "rate=-0.5",
                                              "rate=0",
                                              "rate=1e-08",
                                              "rate=5e-08",
                                              "rate=0.0001",
                                              "rate=2.5e-4",
                                              "rate=0.001",
                                              "rate=0.0010/seed=2",
                                              "rate=0.01,beta=0.5",
                                              "rate=0.01,beta=0.9",
                                              "rate=0.1",
                                              "rate=1/seed=9",
                                              "rate=1/seed=10",
                                              "rate=1.5",
                                              "rate=2",
                                              "rate=10",
                                              "rate=1e+2",
                                              "rate=12345678901234567890/seed=2",
                                              "rate=12345678901234567891/seed=1",
                                              "rate=1e300",
                                              "rate=1e400",
                                              "start=[-2,1]",
                                              "start=[-1,0]",
                                              "start=[-1,1]"};
  for (std::size_t left = 0; left < ascending.size(); ++left)
    for (std::size_t right = 0; right < ascending.size(); ++right) {
      CAPTURE(ascending[left], ascending[right]);
      CHECK(analysis::natural_less(ascending[left], ascending[right]) == (left < right));
    }
  // What is no value: parts of a version, a dash between words, an ending.
  CHECK(analysis::natural_less("vae-1.9.0", "vae-1.10.0"));
  CHECK(analysis::natural_less("vae-2", "vae-10"));
  CHECK(analysis::natural_less("seed=1.old-2", "seed=1.old-10"));
}

TEST_CASE("the natural order is an order") {
  rc::check([] {
    const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("01.9e-+=/a[")));
    const std::string a = *text, b = *text, c = *text;
    const auto less = analysis::natural_less;
    RC_ASSERT_FALSE(less(a, a));
    RC_ASSERT((a == b) == (!less(a, b) && !less(b, a)));
    if (less(a, b)) RC_ASSERT_FALSE(less(b, a));
    if (less(a, b) && less(b, c)) RC_ASSERT(less(a, c));
  });
}

TEST_CASE("a finished run is summarized from its files, epochs counted in steps") {
  const ScratchFolder folder;
  const analysis::RunSummary done = analysis::summarize_run(run_in(folder.path, rosenbrock));
  CHECK(done.status == descent::runlog::RunStatus::done);
  CHECK(done.step == 50);
  CHECK(done.total_steps == 50);
  CHECK(done.seconds.value() > 0);
  CHECK(done.is_done());
  CHECK_FALSE(done.went_wrong());

  const analysis::RunSummary diverged =
      analysis::summarize_run(run_in(folder.path, rosenbrock, {"optimizer.learning_rate=10"}));
  CHECK(diverged.status == descent::runlog::RunStatus::diverged);
  CHECK(diverged.step < 50);
  CHECK_THAT(diverged.reason, Contains("diverged at step"));
  CHECK(diverged.went_wrong());

  // 10 examples in batches of 4: three steps to an epoch.
  const analysis::RunSummary epochs = analysis::summarize_run(run_in(folder.path, R"(name: epochs
dataset: {plugin: test_table, examples: 10}
model: {plugin: mlp, input: x, target: target, network: {hidden: [3]}}
loss: mean_squared_error
optimizer: {plugin: sgd, learning_rate: 1.0e-6}
trainer: {batch_size: 4, steps: 2 epochs}
)"));
  CHECK(epochs.total_steps == 6);
  CHECK(epochs.step == 6);
}

TEST_CASE("a live run is running, with the steps of its log, and a look changes nothing of it") {
  const ScratchFolder folder;
  bool looked = false;
  look_at_live_run(folder.path, rosenbrock, [&](const fs::path& run) {
    looked = true;
    CHECK(runlog::is_held(run));
    const std::string before = everything_in(run);
    const analysis::RunSummary live = analysis::summarize_run(run);
    CHECK(live.status == descent::runlog::RunStatus::running);
    CHECK(live.is_live());
    CHECK(live.total_steps == 50);
    CHECK(everything_in(run) == before);
    // The same files, and nobody who holds them: its log was never closed.
    fs::copy(run, folder.path / "copy", fs::copy_options::recursive);
    const analysis::RunSummary killed = analysis::summarize_run(folder.path / "copy");
    CHECK(killed.status == descent::runlog::RunStatus::killed);
    CHECK(killed.total_steps == 50);
  });
  CHECK(looked);
  CHECK_FALSE(runlog::is_held(folder.path / "rosenbrock" / "seed=1"));
}

TEST_CASE("a run that says it is running, and that no process holds, was killed") {
  const ScratchFolder folder;
  const fs::path run = killed_copy(run_in(folder.path, rosenbrock), folder.path / "copy" / "seed=1");
  const std::string before = everything_in(run);
  const analysis::RunSummary killed = analysis::summarize_run(run);
  CHECK(killed.status == descent::runlog::RunStatus::killed);
  CHECK(killed.step == 50);
  CHECK(killed.went_wrong());
  CHECK(everything_in(run) == before);
  const runlog::RunDirectoryLock lock(run);
  CHECK(analysis::summarize_run(run).status == descent::runlog::RunStatus::running);
}

TEST_CASE("a run whose files cannot be read is damaged, and says why") {
  const ScratchFolder folder;
  const fs::path run = run_in(folder.path, rosenbrock);
  std::ofstream(run / "log.h5") << "no log";
  CHECK(analysis::summarize_run(run).status == descent::runlog::RunStatus::damaged);
  CHECK_THAT(analysis::summarize_run(run).reason, Contains("log.h5"));
  std::ofstream(run / "status.yaml") << "status: dnoe\nstep: 1\n";
  CHECK(analysis::run_status_of(run).status == descent::runlog::RunStatus::damaged);
  CHECK_THAT(analysis::run_status_of(run).reason, Contains("did you mean 'done'?"));
}

TEST_CASE("events are read back as they were written, and an unfinished line is left out") {
  const ScratchFolder folder;
  CHECK(runlog::read_events(folder.path).empty());
  Value fields = Value::map();
  fields.set("count", Value::of(7));
  fields.set("ratio", Value::of(0.5));
  fields.set("text", Value::of("12"));
  fields.set("list", Value::list({Value::of("a"), Value::of(true), Value()}));
  const std::string message = "a \"quote\", a \\, a\nline, \x01, ä, ${HOME}: {x}";
  {
    runlog::EventLog events(folder.path);
    events.write({0.5, 10, "warning", message, fields});
    events.write({1.5, 20, "stop", "", Value::map()});
  }
  std::ofstream(folder.path / "events.jsonl", std::ios::app) << "{\"time\": 1, \"st";
  const std::vector<runlog::Event> read = runlog::read_events(folder.path);
  REQUIRE(read.size() == 2);
  CHECK(read[0].wall_time == 0.5);
  CHECK(read[0].step == 10);
  CHECK(read[0].kind == "warning");
  CHECK(read[0].message == message);
  CHECK(read[0].fields == fields);
  CHECK(read[1].kind == "stop");
  std::ofstream(folder.path / "events.jsonl") << "{\"time\": 1}\n";
  CHECK_THROWS_WITH(runlog::read_events(folder.path), Contains("events.jsonl:1") && Contains("no event"));
}

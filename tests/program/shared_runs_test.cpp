#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "descent/runlog/status_file.hpp"
#include "run_contents.hpp"
#include "small_runs.hpp"
#include "support/faults.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// What has been trained once is not trained again: two sweeps share runs, and a sweep that gets more steps goes on.
namespace {

std::string valley(const std::string& name, const std::string& sweep, int steps = 20) {
  return "name: " + name +
         "\n"
         "model: {plugin: point, start: [-1.2, 1.0]}\n"
         "loss: {plugin: rosenbrock}\n"
         "optimizer: [{plugin: gradient_noise, eta: 0.1}, {plugin: adam, learning_rate: 0.01}]\n"
         "trainer: {steps: " +
         std::to_string(steps) +
         "}\n"
         "metrics: [{plugin: objective, every: 10}]\n"
         "sweep: {" +
         sweep + ", objective: objective/value}\n";
}

std::string betas(const std::string& values) {
  return "axes: {optimizer.adam.beta1: {choice: [" + values + "]}}, seeds: 2";
}

}  // namespace

TEST_CASE("a sweep takes the finished runs that another one below the same folder has", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("first.yaml", valley("first", betas("0.0, 0.5")));
  folder.write("second.yaml", valley("second", betas("0.5, 0.9")));
  played(folder, {"sweep", "first.yaml"});
  const fs::path runs = folder.path / "runs";
  CHECK_THAT(played(folder, {"sweep", "second.yaml"}),
             Contains("4 runs, 4 of them new\n2 runs were done before, and copied from runs/first (2); "
                      "--no-reuse trains them\n") &&
                 Contains("4 runs: 4 done"));
  for (const char* seed : {"seed=1", "seed=2"}) {
    const fs::path own = runs / "second/beta1=0.5" / seed, other = runs / "first/beta1=0.5" / seed;
    CHECK(first_difference(contents_of(other), contents_of(own)) == "");
    CHECK_THAT(content(own / "events.jsonl"),
               Contains("copied from " + fs::absolute(other).lexically_normal().string()));
  }
  // They are what training gives.
  played(folder, {"sweep", "second.yaml", "name=first", "--runs", "apart"});
  CHECK(first_difference(contents_of(folder.path / "apart/first/beta1=0.5/seed=2"),
                         contents_of(runs / "second/beta1=0.5/seed=2")) == "");
  // They are the sweep's own from then on, and stay when the other one goes.
  fs::remove_all(runs / "first");
  CHECK_THAT(played(folder, {"sweep", "second.yaml"}), Contains("4 runs, 0 of them new\n4 runs: 4 done"));
  CHECK_THAT(played(folder, {"resume", "runs/second", "trainer.steps=30"}), Contains("4 runs: 4 done"));
  CHECK(descent_in(folder, {"verify", "runs/second/beta1=0.5/seed=1"}).exit_code == 0);
}

TEST_CASE("runs are shared only where they would be the same, and wanted", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("first.yaml", valley("first", betas("0.0, 0.5")));
  played(folder, {"sweep", "first.yaml"});
  const auto is_shared = [&](const std::string& name, const std::string& text,
                             std::vector<std::string> words = {}) {
    folder.write(name + ".yaml", text);
    words.insert(words.begin(), {"sweep", name + ".yaml"});
    return played(folder, words).find("done before") != std::string::npos;
  };
  CHECK_FALSE(is_shared("longer", valley("longer", betas("0.5"), 25)));
  CHECK_FALSE(is_shared("logged", valley("logged", betas("0.5")) + "log: {metrics: {every: 5}}\n"));
  CHECK_FALSE(
      is_shared("seeds", valley("seeds", "axes: {optimizer.adam.beta1: {choice: [0.5]}}, seeds: [7]")));
  CHECK_FALSE(is_shared("anew", valley("anew", betas("0.5")), {"--no-reuse"}));
  CHECK_FALSE(is_shared("apart", valley("apart", betas("0.5")), {"--runs", "elsewhere"}));
  CHECK_FALSE(fs::exists(folder.path / "elsewhere/apart/beta1=0.5/seed=1/events.jsonl.part"));
  CHECK(is_shared("again", valley("again", betas("0.5"))));
  // A run that was trained by itself is as good.
  folder.write("alone.yaml", valley("alone", betas("0.7")));
  played(folder, {"run", "alone.yaml", "sweep=null", "optimizer.adam.beta1=0.7"});
  CHECK(is_shared("taker", valley("taker", betas("0.7"))));
}

TEST_CASE("another build of a plugin shares nothing", "[program][sweep]") {
  const ScratchFolder folder;
  const std::string library = "optimizer_test_wrong_ending.so";
  const std::string bytes = content(fs::path(DESCENT_BINARY_DIR) / "tests/plugins" / library);
  const auto text = [](const std::string& name) {
    return "name: " + name +
           "\nmodel: {plugin: point, start: [1, 2]}\nloss: quadratic\ntrainer: {steps: 3}\n"
           "optimizer: test_wrong_ending\nsweep: {seeds: 2}\n";
  };
  for (const char* name : {"first", "same", "other"}) folder.write(std::string(name) + ".yaml", text(name));
  fs::create_directory(folder.path / "plugins");
  folder.write("plugins/" + library, bytes);
  played(folder, {"sweep", "first.yaml", "--plugin-path", "plugins"});
  CHECK_THAT(played(folder, {"sweep", "same.yaml", "--plugin-path", "plugins"}),
             Contains("2 runs were done before"));
  folder.write("plugins/" + library, bytes + '\n');
  CHECK_THAT(played(folder, {"sweep", "other.yaml", "--plugin-path", "plugins"}), !Contains("done before"));
  refused(descent_in(folder, {"resume", "runs/first", "trainer.steps=5", "--plugin-path", "plugins"}),
          "was made with another optimizer test_wrong_ending");
  CHECK(runlog::read_status(folder.path / "runs/first/seed=1")->status == runlog::RunStatus::done);
}

TEST_CASE("a sweep that gets more steps goes on, to the bits of one that had them from the start",
          "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("short.yaml", valley("short", betas("0.0, 0.5")));
  played(folder, {"sweep", "short.yaml"});
  played(folder, {"sweep", "short.yaml", "trainer.steps=50", "--runs", "apart"});
  CHECK_THAT(played(folder, {"resume", "runs/short", "trainer.steps=50", "-j", "2"}),
             Contains("trainer.steps=50: 4 runs to go on\n") && Contains("4 runs: 4 done"));
  CHECK(first_difference(contents_of(folder.path / "apart/short"), contents_of(folder.path / "runs/short")) ==
        "");
  // It is the sweep that its file makes with as many steps, and no other.
  CHECK_THAT(played(folder, {"sweep", "short.yaml", "trainer.steps=50"}),
             Contains("4 runs, 0 of them new\n4 runs: 4 done"));
  CHECK_THAT(played(folder, {"resume", "runs/short", "trainer.steps=50"}), Contains("4 runs: 4 done"));
  CHECK_FALSE(fs::exists(folder.path / "runs/short/beta1=0/seed=1.old-1"));
}

TEST_CASE("an extended sweep is not moved aside by the file that says fewer steps", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("short.yaml", valley("short", betas("0.0, 0.5")));
  played(folder, {"sweep", "short.yaml"});
  played(folder, {"resume", "runs/short", "trainer.steps=30"});
  refused(descent_in(folder, {"sweep", "short.yaml"}), "'runs/short' was given trainer.steps=30 since");
  refused(descent_in(folder, {"sweep", "short.yaml", "--dry-run"}), "to keep them");
  // An edit of the axes with as many steps keeps what is there.
  folder.write("short.yaml", valley("short", betas("0.5, 0.9"), 30));
  CHECK_THAT(played(folder, {"sweep", "short.yaml"}), Contains("4 runs, 2 of them new; 2 no longer belong"));
}

TEST_CASE("a sweep gets no fewer steps, and none where they are not its experiment's", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("short.yaml", valley("short", betas("0.5")));
  folder.write("axis.yaml", valley("axis", "axes: {trainer.steps: {choice: [10, 20]}}"));
  folder.write("halving.yaml",
               valley("halving",
                      "axes: {optimizer.adam.beta1: {min: 0.1, max: 0.9}}, method: halving, runs: 3, "
                      "halving: {first_rung: 10}"));
  for (const char* file : {"short.yaml", "axis.yaml", "halving.yaml"}) played(folder, {"sweep", file});
  refused(descent_in(folder, {"resume", "runs/short", "trainer.steps=10"}), "have 20 steps already");
  refused(descent_in(folder, {"resume", "runs/short", "trainer.steps=none"}), "'trainer.steps' expects");
  refused(descent_in(folder, {"resume", "runs/short", "optimizer.adam.beta1=0.3"}),
          "it may only get more steps: trainer.steps=N");
  refused(descent_in(folder, {"resume", "runs/axis", "trainer.steps=50"}),
          "the axis 'trainer.steps' of 'runs/axis'");
  refused(descent_in(folder, {"resume", "runs/halving", "trainer.steps=50"}),
          "the rungs of the method halving");
  CHECK_THAT(played(folder, {"resume", "runs/short"}), Contains("2 runs: 2 done"));
}

// A library of no sanitizer's cannot be preloaded into a program of one's.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("wherever a kill cuts the extension of a sweep, the same call ends it", "[program][sweep]") {
  const ScratchFolder played_before;
  played_before.write("short.yaml", valley("short", "seeds: 2"));
  played(played_before, {"sweep", "short.yaml"});
  int call = 1;
  for (;; ++call) {
    CAPTURE(call);
    const ScratchFolder folder;
    fs::copy(played_before.path / "runs", folder.path / "runs", fs::copy_options::recursive);
    FaultInjector faults(folder.path);
    const std::vector<std::string> extend = {"resume", "runs/short", "trainer.steps=30", "-j", "1"};
    const Finished cut =
        descent_in(folder, extend, faults.environment({.action = "kill", .at = call, .calls = "names"}));
    if (cut.output.find("2 runs to go on") != std::string::npos) break;
    REQUIRE(cut.exit_code == 128 + SIGKILL);
    if (fs::exists(folder.path / "runs/short/.freezing"))
      refused(descent_in(folder, {"resume", "runs/short"}),
              "'descent resume runs/short trainer.steps=30' does that, and goes on");
    CHECK_THAT(played(folder, extend), Contains("2 runs: 2 done"));
    for (const char* seed : {"seed=1", "seed=2"}) {
      CHECK(runlog::read_status(folder.path / "runs/short" / seed)->step == 30);
      CHECK(fs::exists(folder.path / "runs/short" / seed / "checkpoints/final.h5"));
    }
  }
  CHECK(call > 5);  // a mark, two files, and two of each run
}
#endif

#include <signal.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "descent/plugin/transform.hpp"
#include "run_program.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;

namespace {

/// A point in a quadratic bowl, small enough to run in an instant.
std::string bowl(const std::string& steps) {
  return R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: )" +
         steps + R"(}
log: {metrics: {every: 100000}}
)";
}

}  // namespace

TEST_CASE("help teaches, and names every command", "[program]") {
  const ScratchFolder folder;
  const Finished help = descent_in(folder, {"--help"});
  CHECK(help.exit_code == 0);
  for (const char* command :
       {"run", "resume", "check", "plugins", "new", "test-plugin", "status", "show", "compare", "diff",
        "export", "verify", "pack", "watch", "plot", "samples", "generate", "evaluate", "doctor"}) {
    CHECK_THAT(help.output, Contains(std::string("descent ") + command));
    const Finished own = descent_in(folder, {command, "--help"});
    CHECK(own.exit_code == 0);
    CHECK_THAT(own.output, Contains("Examples:"));
  }
}

TEST_CASE("the version says what was built", "[program]") {
  const ScratchFolder folder;
  const Finished version = descent_in(folder, {"--version"});
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.output, StartsWith("descent "));
}

TEST_CASE("a wrong command line exits with 2 and names what is near", "[program]") {
  const ScratchFolder folder;
  CHECK(descent_in(folder, {}).exit_code == 2);

  const Finished command = descent_in(folder, {"rnu"});
  CHECK(command.exit_code == 2);
  CHECK(command.output.empty());
  CHECK_THAT(command.errors, Contains("did you mean 'run'?"));

  const Finished file = descent_in(folder, {"mine.yaml"});
  CHECK(file.exit_code == 2);
  CHECK_THAT(file.errors, Contains("did you mean 'descent run mine.yaml'?"));

  const Finished option = descent_in(folder, {"run", "mine.yaml", "--frsh"});
  CHECK(option.exit_code == 2);
  CHECK_THAT(option.errors, Contains("did you mean '--fresh'?"));

  const Finished dashes = descent_in(folder, {"run", "mine.yaml", "--seed=7"});
  CHECK(dashes.exit_code == 2);
  CHECK_THAT(dashes.errors, Contains("without dashes: seed=7"));

  for (const auto& words :
       std::vector<std::vector<std::string>>{{"sweep", "mine.yaml", "-j", "0"},
                                             {"sweep", "mine.yaml", "--seeds", "0"},
                                             {"sweep", "mine.yaml", "--seeds", "-1"},
                                             {"test-plugin", "optimizer", "sgd", "--tolerance", "0"}})
    refused(descent_in(folder, words), "a number above 0 is expected, not '" + words.back() + "'");

  const Finished no_file = descent_in(folder, {"run"});
  CHECK(no_file.exit_code == 2);
  CHECK_THAT(no_file.errors, Contains("FILE") && Contains("descent run --help"));
}

TEST_CASE("a wrong experiment exits with 2, names the place, and leaves nothing", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("5") + "trainre: {}\n");
  for (const char* command : {"run", "check"}) {
    const Finished finished = descent_in(folder, {command, "bowl.yaml"});
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.errors, Contains("bowl.yaml:7:") && Contains("did you mean 'trainer'?"));
  }
  CHECK_FALSE(std::filesystem::exists(folder.path / "runs"));
  CHECK(descent_in(folder, {"check", "no_such.yaml"}).exit_code == 2);
  const Finished path = descent_in(folder, {"check", "bowl.yaml", "--plugin-path", "no_such_folder"});
  CHECK(path.exit_code == 2);
  CHECK_THAT(path.errors, Contains("no_such_folder"));
}

TEST_CASE("check prints an experiment that checks again to the same", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("5"));
  const Finished first = descent_in(folder, {"check", "bowl.yaml", "optimizer.learning_rate=0.02"});
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.output, Contains("learning_rate: 0.02"));
  folder.write("resolved.yaml", first.output);
  const Finished second = descent_in(folder, {"check", "resolved.yaml"});
  CHECK(second.exit_code == 0);
  CHECK(second.output == first.output);
}

TEST_CASE("a run says where it is, and is not repeated", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("20"));
  const Finished first = descent_in(folder, {"run", "bowl.yaml", "seed=3"});
  INFO(first.errors);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.output, Contains("done") && Contains("runs/bowl/seed=3"));
  CHECK_THAT(first.errors, Contains("step 20/20"));
  CHECK(std::filesystem::exists(folder.path / "runs/bowl/seed=3/log.h5"));

  const Finished again = descent_in(folder, {"run", "bowl.yaml", "seed=3"});
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.output, Contains("already done"));

  const Finished quiet =
      descent_in(folder, {"run", "bowl.yaml", "seed=3", "--fresh", "--quiet", "--runs", "else where"});
  CHECK(quiet.exit_code == 0);
  CHECK(quiet.errors.empty());
  CHECK(std::filesystem::exists(folder.path / "else where/bowl/seed=3/log.h5"));
}

TEST_CASE("a run that diverges exits with 1", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("5000"));
  const Finished finished = descent_in(folder, {"run", "bowl.yaml", "optimizer.learning_rate=100"});
  CHECK(finished.exit_code == 1);
  CHECK_THAT(finished.output, Contains("diverged"));
}

#ifdef DESCENT_SCALAR_IS_float
TEST_CASE("OpenMP's settings in the environment change no number", "[program]") {
  const ScratchFolder folder;
  const auto found_with = [&](const std::string& setting) {
    return run_program(
        {descent_program(), "run", std::string(DESCENT_SOURCE_DIR) + "/experiments/vae_glyphs.yaml",
         "threads=2", "trainer.steps=20", "--runs", setting},
        folder.path, {setting});
  };
  const auto numbers = [](const Finished& run) {
    return run.output.substr(run.output.find("negative_elbo"));
  };
  const Finished plain = found_with("OMP_NUM_THREADS=1");
  REQUIRE(plain.exit_code == 0);
  CHECK(numbers(found_with("OMP_DYNAMIC=true")) == numbers(plain));
  CHECK(numbers(found_with("OMP_MAX_ACTIVE_LEVELS=0")) == numbers(plain));
  const Finished limited = found_with("OMP_THREAD_LIMIT=1");
  CHECK(limited.exit_code == 2);
  CHECK_THAT(limited.errors, Contains("'threads: 2'") && Contains("OMP_THREAD_LIMIT allows: 1"));
}
#endif

TEST_CASE("a signal ends a run in order", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("2000000000"));
  const std::vector<std::string> command = {descent_program(), "run", "bowl.yaml", "--fresh"};
  // The first progress line is printed after some seconds of the run's own time.
  const auto [number, code] = GENERATE(table<int, int>({{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}}));
  const Finished finished = run_and_signal(command, folder.path, "step ", number);
  CHECK(finished.exit_code == code);
  CHECK_THAT(finished.output, Contains("stopped"));
}

TEST_CASE("a hangup that is ignored, as by nohup, stays ignored", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("2000000000"));
  // The hangup comes first: had it been taken, the run would have stopped by it.
  const Finished finished =
      run_program({"bash", "-c",
                   "trap '' HUP; " + descent_program() +
                       " run bowl.yaml & while ! test -e runs/bowl/seed=1/events.jsonl; do sleep 0.05; done; "
                       "kill -HUP $!; "
                       "sleep 0.3; kill -TERM $!; wait $!"},
                  folder.path);
  CHECK(finished.exit_code == 143);
  CHECK_THAT(finished.output, Contains("stopped"));
}

TEST_CASE("a run that was killed is called so, and what to do is said", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl("2000000000"));
  const std::vector<std::string> command = {descent_program(), "run", "bowl.yaml"};
  CHECK(run_and_signal(command, folder.path, "step ", SIGKILL).exit_code == 128 + SIGKILL);
  const Finished again = run_program(command, folder.path);
  refused(again, "already holds this run, which was killed at step ");
  CHECK_THAT(again.errors, Contains("--fresh") && Contains("go on with it: descent resume runs/bowl/seed=1"));
}

TEST_CASE("every plugin of the table has a manual page", "[program]") {
  const ScratchFolder folder;
  const Finished table = descent_in(folder, {"plugins"});
  REQUIRE(table.exit_code == 0);
  std::istringstream lines(table.output);
  std::string line;
  std::getline(lines, line);
  CHECK_THAT(line, StartsWith("kind"));
  int pages = 0;
  while (std::getline(lines, line) && !line.empty()) {
    std::istringstream words(line);
    std::string kind, name;
    words >> kind >> name;
    if (line.starts_with(' ')) continue;  // a summary that goes on
    INFO(line);
    const Finished page = descent_in(folder, {"plugins", kind, name});
    CHECK(page.exit_code == 0);
    CHECK_THAT(page.output, StartsWith(kind + " '" + name + "'") && Contains("In an experiment"));
    ++pages;
  }
  CHECK(pages > 10);
  const Finished only = descent_in(folder, {"plugins", "losses"});
  CHECK(only.exit_code == 0);
  CHECK_THAT(only.output, !Contains("optimizer "));
}

TEST_CASE("a manual page tells type, default, range and meaning", "[program]") {
  const ScratchFolder folder;
  const Finished page = descent_in(folder, {"plugins", "optimizer", "adam"});
  CHECK_THAT(page.output,
             Contains("learning_rate") && Contains("schedule") && Contains("> 0") && Contains("step size"));
  const Finished unknown = descent_in(folder, {"plugins", "optimizer", "adm"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.errors, Contains("did you mean 'adam'?"));
  const Finished kind = descent_in(folder, {"plugins", "optimzer"});
  CHECK(kind.exit_code == 2);
  CHECK_THAT(kind.errors, Contains("did you mean 'optimizer'?"));
}

TEST_CASE("a metric's manual page names its measures", "[program]") {
  const ScratchFolder folder;
  const Finished page = descent_in(folder, {"plugins", "metric", "mode_coverage"});
  CHECK_THAT(page.output, Contains("Measures") && Contains("high_quality") && Contains("nat") &&
                              Contains("lower") && Contains("mode_coverage/modes"));
  CHECK_THAT(descent_in(folder, {"plugins", "optimizer", "adam"}).output, !Contains("Measures"));
}

TEST_CASE("schedules, networks and initializers have manual pages", "[program]") {
  const ScratchFolder folder;
  const Finished schedules = descent_in(folder, {"plugins", "schedule"});
  CHECK(schedules.exit_code == 0);
  for (const std::string& name : descent::Schedule::form_names()) {
    CHECK_THAT(schedules.output, Contains("  " + name));
    const Finished page = descent_in(folder, {"plugins", "schedules", name});
    CHECK(page.exit_code == 0);
    CHECK_THAT(page.output, Contains("Keys") && Contains("{schedule: " + name));
  }
  CHECK_THAT(descent_in(folder, {"plugins", "schedule", "one_cycle"}).output,
             Contains("number in [0, 1]") && Contains("0.04") && Contains("required"));
  const Finished network = descent_in(folder, {"plugins", "network"});
  for (const char* name : {"linear", "batch_norm", "leaky_relu", "residual", "layer_norm"})
    CHECK_THAT(network.output, Contains("  " + std::string(name)));
  CHECK_THAT(network.output, Contains("hidden") && Contains("slope"));
  const Finished initializer = descent_in(folder, {"plugins", "initializer"});
  for (const std::string& name : descent::initialize::names())
    CHECK_THAT(initializer.output, Contains("  " + name));
  CHECK_THAT(descent_in(folder, {"plugins", "network", "elu"}).output, Contains("scale"));
  const Finished transforms = descent_in(folder, {"plugins", "transform"});
  for (const auto& kind : descent::transform_kinds())
    CHECK_THAT(transforms.output, Contains("  " + std::string(kind.name)));
  CHECK_THAT(descent_in(folder, {"plugins", "transform", "binarize"}).output,
             Contains("draw | epoch | fixed"));
  CHECK_THAT(descent_in(folder, {"plugins", "dataset", "glyphs"}).output, Contains("transforms"));
  for (const char* topic : {"schedule", "network", "initializer", "transform"}) {
    const Finished unknown = descent_in(folder, {"plugins", topic, "nothing_such"});
    CHECK(unknown.exit_code == 2);
    CHECK_THAT(unknown.errors, Contains("there is no ") && Contains("'nothing_such'; there are: "));
  }
  CHECK_THAT(descent_in(folder, {"plugins", "nonsense"}).errors,
             Contains("metric, schedule, network, initializer"));
}

TEST_CASE("doctor finds nothing wrong here, and says what is wrong elsewhere", "[program]") {
  const ScratchFolder folder;
  const Finished well = descent_in(folder, {"doctor"});
  INFO(well.output << well.errors);
  CHECK(well.exit_code == 0);
  for (const char* word : {"HDF5", "Eigen", "GEMM", "scalar", "-march", "CPU"})
    CHECK_THAT(well.output, Contains(word));

  folder.write("optimizer_broken.so", "this is no library");
  const Finished ill = descent_in(folder, {"doctor", "--plugin-path", folder.path.string()});
  CHECK(ill.exit_code == 1);
  CHECK_THAT(ill.output, Contains("optimizer_broken.so"));

  const Finished misspelt =
      run_program({descent_program(), "doctor"}, folder.path, {"DESCENT_PLUGIN_PATH=/no/such/folder"});
  CHECK(misspelt.exit_code == 1);
  CHECK_THAT(misspelt.output, Contains("/no/such/folder"));
}

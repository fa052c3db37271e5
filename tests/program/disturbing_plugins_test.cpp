#include <catch2/catch.hpp>

#include "run_program.hpp"
#include "support/log_content.hpp"

// Plugins that change, while they work, what belongs to the whole process, and what the environment says to libraries.

using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string plugins_for_tests = std::string(DESCENT_BINARY_DIR) + "/tests/plugins";

// Two players: the one that disturbs comes first, so that the other one would compute otherwise in the same step.
std::string game(const std::string& what) {
  return R"(name: game
model: {plugin: test_point, start: {x: [0.3], y: [0.7]}}
loss: bilinear
optimizer:
  x: {plugin: test_disturbs, learning_rate: 0.01, what: )" +
         what + R"(}
  y: {plugin: sgd, learning_rate: 0.013}
trainer: {steps: 400}
metrics: [{plugin: test_distance, every: 100}]
)";
}

Finished play(const ScratchFolder& folder, const std::string& what) {
  folder.write(what + ".yaml", game(what));
  return descent_in(folder, {"run", what + ".yaml", "--runs", what, "--plugin-path", plugins_for_tests});
}

LogContent log_of(const ScratchFolder& folder, const std::string& what) {
  return content_of(folder.path / what / "game/seed=1/log.h5");
}

}  // namespace

TEST_CASE("what a plugin changes for the whole process is put back, and told once", "[program]") {
  const ScratchFolder folder;
  const Finished plain = play(folder, "nothing");
  INFO(plain.errors);
  REQUIRE(plain.exit_code == 0);
  CHECK_THAT(plain.errors, !Contains("undone"));
  const auto [what, sentence] = GENERATE(table<std::string, std::string>(
      {{"rounding",
        "a rule of player 'x' changed the rounding mode of floating-point numbers; that was undone"},
       {"flushing",
        "a rule of player 'x' changed how tiny numbers are treated (flush to zero); that was undone"},
       {"locale", "a plugin, while player 'x' had its turn, changed the locale; that was undone"},
       {"directory", "a plugin changed the current directory; that was undone"}}));
  INFO(what);
  const Finished run = play(folder, what);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.errors, Contains(sentence));
  const std::string events = content(folder.path / what / "game/seed=1/events.jsonl");
  CHECK_THAT(events, Contains(sentence));
  CHECK(events.find("undone") == events.rfind("undone"));
  CHECK(first_difference(log_of(folder, what), log_of(folder, "nothing")).empty());
}

TEST_CASE("a relative run directory is found again whatever the current one is", "[program]") {
  const ScratchFolder folder;
  fs::create_directories(folder.path / "deep/folder");
  folder.write("deep/folder/directory.yaml", game("directory"));
  const Finished run = run_program(
      {descent_program(), "run", "directory.yaml", "--plugin-path", plugins_for_tests, "checkpoint.every=20"},
      folder.path / "deep/folder");
  INFO(run.errors);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.output, Contains("directory  runs/game/"));  // as it was asked for
  CHECK_FALSE(fs::exists("/runs/game"));
}

TEST_CASE("a library that is linked with -ffast-math changes no arithmetic", "[program]") {
  const ScratchFolder folder;
  const Finished doctor =
      descent_in(folder, {"doctor", "--plugin-path", std::string(DESCENT_BINARY_DIR) + "/tests/bad_plugins"});
  CHECK_THAT(doctor.output,
             Contains("loading this library changed how tiny numbers are treated (flush to zero), as "
                      "-ffast-math at its link does; that was undone"));
}

TEST_CASE("what the environment says to libraries that compute is recorded, warned of, and shown by doctor",
          "[program][environment]") {
  const ScratchFolder folder;
  folder.write("nothing.yaml", game("nothing"));
  const auto with = [&](const std::vector<std::string>& environment, const std::vector<std::string>& words) {
    std::vector<std::string> command = {descent_program()};
    command.insert(command.end(), words.begin(), words.end());
    return run_program(command, folder.path, environment);
  };
  const std::vector<std::string> environment = {"DNNL_MAX_CPU_ISA=SSE41", "OMP_SCHEDULE=dynamic",
                                                "ONEDNN_VERBOSE=0"};
  const Finished run = with(environment, {"run", "nothing.yaml", "--plugin-path", plugins_for_tests});
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.errors,
             Contains("the environment sets DNNL_MAX_CPU_ISA=SSE41: numbers may differ from those of a run "
                      "without it"));
  CHECK_THAT(run.errors, !Contains("OMP_SCHEDULE") && !Contains("ONEDNN_VERBOSE"));
  const Finished shown = descent_in(folder, {"show", "runs/game/seed=1", "--json"});
  CHECK_THAT(shown.output, Contains("DNNL_MAX_CPU_ISA=SSE41") && Contains("OMP_SCHEDULE=dynamic"));
  const Finished doctor = with(environment, {"doctor"});
  CHECK(doctor.exit_code == 0);
  CHECK_THAT(doctor.output, Contains("DNNL_MAX_CPU_ISA ") && Contains(" SSE41\n") &&
                                Contains("OMP_SCHEDULE") &&
                                Contains("warning: the environment sets DNNL_MAX_CPU_ISA=SSE41"));
}

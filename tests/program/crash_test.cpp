#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "descent/runlog/event_log.hpp"
#include "descent/runlog/status_file.hpp"
#include "run_program.hpp"
#include "small_sweeps.hpp"

// Plugins that crash, and what they leave behind.

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
namespace fs = std::filesystem;

namespace {

const std::string plugins_for_tests = std::string(DESCENT_BINARY_DIR) + "/tests/plugins";

Finished ending(const ScratchFolder& folder, const std::string& how) {
  folder.write("valley.yaml", valley("name: valley\n"));
  return descent_in(folder, {"run", "valley.yaml", "--plugin-path", plugins_for_tests, "--fresh", "--quiet",
                             "optimizer={plugin: test_wrong_ending, ending: " + how + "}"});
}

// Whether the process whose number a file holds is dead, or is within a minute.
bool is_gone(const fs::path& file) {
  pid_t process = 0;
  std::ifstream(file) >> process;
  REQUIRE(process > 0);
  for (int tries = 0; tries < 3000; ++tries) {
    std::ifstream status("/proc/" + std::to_string(process) + "/stat");
    std::string number, name, state;
    if (!(status >> number >> name >> state) || state == "Z") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which report faults themselves
TEST_CASE("a plugin's crash is named in message, event and status", "[program]") {
  struct Crash {
    const char* how;
    int signal;
    const char* name;
    const char* end;
  };
  const auto crash = GENERATE(
      Crash{"segfault", SIGSEGV, "Segmentation fault", ""}, Crash{"fault", SIGSEGV, "Segmentation fault", ""},
      Crash{"divide", SIGFPE, "Floating point exception", ""}, Crash{"abort", SIGABRT, "Aborted", ""},
      Crash{"uncaught", SIGABRT, "Aborted", ": nobody catches this"},
      Crash{"overflow", SIGSEGV, "Segmentation fault", ": its stack is full"});
  const ScratchFolder folder;
  const Finished run = ending(folder, crash.how);
  INFO(crash.how << run.errors);
  CHECK(run.exit_code == 128 + crash.signal);  // the shell's: a signal killed it
  const std::string reason = "killed by signal " + std::to_string(crash.signal) + " (" + crash.name +
                             ") in optimizer 'test_wrong_ending' (" + plugins_for_tests +
                             "/optimizer_test_wrong_ending.so) at step 5" + crash.end;
  CHECK(run.errors == "error: " + reason + "\n");
  const fs::path directory = folder.path / "runs/valley" /
                             fs::path(*fs::directory_iterator(folder.path / "runs/valley")).filename() /
                             "seed=1";
  const auto state = runlog::read_status(directory).value();
  CHECK(state.status == runlog::RunStatus::failed);
  CHECK(state.step == 5);
  CHECK(state.reason == reason);
  const auto events = runlog::read_events(directory);
  REQUIRE_FALSE(events.empty());
  CHECK(events.back().kind == "crash");
  CHECK(events.back().step == 5);
  CHECK(events.back().message == reason);
  CHECK_THAT(descent_in(folder, {"status"}).output, Contains("failed"));
}

TEST_CASE("a crash of a plugin's own copy is none of the run", "[program]") {
  const ScratchFolder folder;
  const Finished run = ending(folder, "copy");
  CHECK(run.exit_code == 0);
  CHECK(run.errors.empty());
  CHECK_THAT(run.output, Contains("done"));
}

TEST_CASE("a sweep says of a run that crashed in which plugin", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley("sweep: {axes: {optimizer: {choice: [{plugin: test_wrong_ending, ending: "
                      "{choice: [uncaught, none]}}]}}}\n"));
  const Finished sweep = sweep_in(folder, {"valley.yaml", "--plugin-path", plugins_for_tests});
  CHECK(sweep.exit_code == 1);
  const auto state =
      states_of(folder.path / "runs/valley").at("optimizer=test_wrong_ending,ending=uncaught/seed=1");
  CHECK_THAT(state.reason, StartsWith("killed by signal 6 (Aborted) in optimizer 'test_wrong_ending'") &&
                               Contains("at step 5: nobody catches this"));
}

TEST_CASE("a fault outside of any run is reported, too", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", valley("name: valley\n"));
  const Finished killed =
      run_program({"bash", "-c", descent_program() + " watch nosuch & kill -SEGV $!; wait $!"}, folder.path);
  CHECK((killed.exit_code == 128 + SIGSEGV ||
         killed.exit_code == 2));  // it may be done before the signal comes
}
#endif

TEST_CASE("what a plugin leaves behind ends with its run, in whatever session it is", "[program]") {
  const ScratchFolder folder;
  CHECK(ending(folder, "session").exit_code == 0);
  CHECK(is_gone(folder.path / "grandchild.pid"));
  CHECK(ending(folder, "orphan").exit_code == 0);
  CHECK(is_gone(folder.path / "orphan.pid"));
}

TEST_CASE("what a run of a sweep leaves behind ends with that run", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley("sweep: {axes: {optimizer: {choice: [{plugin: test_wrong_ending, ending: "
                      "{choice: [session, none, exit]}}]}}}\n"));
  sweep_in(folder, {"valley.yaml", "--plugin-path", plugins_for_tests, "-j", "2"});
  CHECK(is_gone(folder.path / "grandchild.pid"));
  CHECK(states_of(folder.path / "runs/valley").at("optimizer=test_wrong_ending,ending=none/seed=1").status ==
        runlog::RunStatus::done);
}

#include <fmt/format.h>
#include <sys/types.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <thread>

#include "small_sweeps.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::Finished;
using testing::ScratchFolder;
using testing::states_of;
using testing::sweep_in;
using testing::valley;
namespace fs = std::filesystem;

namespace {

const std::string plugins_for_tests = std::string(DESCENT_BINARY_DIR) + "/tests/plugins";

}  // namespace

#ifndef __SANITIZE_ADDRESS__  // which takes a limit of memory for its own, and signals too
// Whether the process whose number a file holds is dead, or is within a minute.
static bool is_gone(const fs::path& file) {
  pid_t process = 0;
  std::ifstream(file) >> process;
  REQUIRE(process > 0);
  for (int tries = 0; tries < 3000; ++tries) {
    std::ifstream status(fmt::format("/proc/{}/stat", process));
    std::string number, name, state;
    if (!(status >> number >> name >> state) || state == "Z") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST_CASE("plugins that come to a bad end fail their own runs and no other", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write(
      "valley.yaml",
      valley(
          "sweep:\n"
          "  axes: {optimizer: {choice: [{plugin: test_wrong_ending, ending: {choice: [none, segfault, hang, "
          "closed, memory, exit, orphan, heir, nan]}}]}}\n"
          "  timeout: 4 seconds\n"
          "  memory: 1 GiB\n"));
  const Finished end = sweep_in(folder, {"valley.yaml", "--plugin-path", plugins_for_tests, "-j", "4"});
  CHECK(end.exit_code == 1);
  const auto states = states_of(folder.path / "runs/valley");
  const auto state = [&](const std::string& ending) {
    return states.at("optimizer=test_wrong_ending,ending=" + ending + "/seed=1");
  };
  CHECK(state("none").status == runlog::RunStatus::done);
  CHECK(state("segfault").status == runlog::RunStatus::failed);
  CHECK_THAT(state("segfault").reason, Contains("killed by signal 11 (Segmentation fault)"));
  CHECK(state("hang").status == runlog::RunStatus::timeout);
  CHECK_THAT(state("hang").reason, Contains("took longer than 4 s"));
  CHECK(state("closed").status == runlog::RunStatus::timeout);
  CHECK_THAT(state("closed").reason, Contains("took longer than 4 s"));
  CHECK(state("orphan").status == runlog::RunStatus::done);
  CHECK(state("heir").status == runlog::RunStatus::failed);
  CHECK_THAT(state("heir").reason, Contains("exit code 3"));
  CHECK(is_gone(folder.path / "orphan.pid"));
  CHECK(is_gone(folder.path / "heir.pid"));
  CHECK(state("memory").status == runlog::RunStatus::failed);
  CHECK_THAT(state("memory").reason, Contains("bad_alloc") && Contains(", under its limit of 1 GiB"));
  CHECK(state("exit").status == runlog::RunStatus::failed);
  CHECK_THAT(state("exit").reason, Contains("exit code 3"));
  CHECK(state("nan").status == runlog::RunStatus::diverged);
  CHECK_THAT(state("nan").reason, Contains("step 5"));
  CHECK_THAT(end.errors,
             Contains("failed optimizer=test_wrong_ending,ending=segfault/seed=1: killed by signal 11"));
  CHECK_THAT(end.output,
             Contains("2 done") && Contains("1 diverged") && Contains("4 failed") && Contains("2 timed out"));
  // They have ended: the same command leaves them alone, unless it is asked to try again.
  CHECK_THAT(sweep_in(folder, {"valley.yaml", "--plugin-path", plugins_for_tests}).errors,
             !Contains("failed"));
  CHECK_THAT(
      sweep_in(folder, {"valley.yaml", "--plugin-path", plugins_for_tests, "--retry", "failed"}).errors,
      Contains("ending=exit/seed=1: the process left with exit code 3"));
}
#endif

TEST_CASE("--fail-fast ends a sweep at its first failure", "[program][sweep]") {
  const ScratchFolder folder;
  folder.write("valley.yaml",
               valley("sweep: {axes: {optimizer: {choice: [{plugin: test_wrong_ending, ending: {choice: "
                      "[exit, none]}}]}}, seeds: 3}\n"));
  const Finished end =
      sweep_in(folder, {"valley.yaml", "--plugin-path", plugins_for_tests, "-j", "1", "--fail-fast"});
  CHECK(end.exit_code == 1);
  CHECK_THAT(end.output, Contains("6 runs: 5 pending, 1 failed\n"));
}

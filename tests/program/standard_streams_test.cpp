#include <signal.h>

#include <catch2/catch.hpp>

#include "descent/runlog/status_file.hpp"
#include "run_program.hpp"
#include "small_runs.hpp"
#include "support/log_content.hpp"

// What is behind standard input, output and error: nothing, a full disk, a reader that has gone. Messages are best effort;
// results are not.

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const char* const bowl = R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 40}
metrics: [{plugin: objective, every: 10}]
checkpoint: {every: 15}
)";

/// `descent ARGUMENTS` with the shell's `redirections`, in the folder.
Finished redirected(const ScratchFolder& folder, const std::string& redirections,
                    std::vector<std::string> arguments) {
  std::vector<std::string> command = {"bash", "-c", "\"$@\" " + redirections, "bash", descent_program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, folder.path);
}

}  // namespace

TEST_CASE("closed descriptors change nothing of a run", "[program][environment]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  REQUIRE(descent_in(folder, {"run", "bowl.yaml", "--runs", "plain"}).exit_code == 0);
  const LogContent plain = content_of(folder.path / "plain/bowl/seed=1/log.h5");
  for (const char* closed : {"<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    INFO(closed);
    const Finished run = redirected(folder, closed, {"run", "bowl.yaml", "--runs", closed});
    CHECK(run.exit_code == 0);
    const fs::path directory = folder.path / closed / "bowl/seed=1";
    CHECK(first_difference(content_of(directory / "log.h5"), plain).empty());
    CHECK(content(directory / ".lock").starts_with("process "));
    CHECK(descent_in(folder, {"verify", directory.string()}).exit_code == 0);
  }
}

TEST_CASE("a run does not depend on where its messages go", "[program][environment]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  int count = 0;
  for (const char* where :
       {"2>/dev/full", ">/dev/full", ">/dev/full 2>&1", "2>&1 | true; exit ${PIPESTATUS[0]}",
        "2> >(exec true)", "2> >(exec <&-; sleep 1)"}) {
    INFO(where);
    const std::string runs = "runs" + std::to_string(count++);
    CHECK(redirected(folder, where, {"run", "bowl.yaml", "--runs", runs}).exit_code == 0);
    CHECK(runlog::read_status(folder.path / runs / "bowl/seed=1").value().status == runlog::RunStatus::done);
  }
}

TEST_CASE("a sweep does not depend on where its messages go", "[program][sweep][environment]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  CHECK(redirected(folder, ">/dev/full 2>&1", {"sweep", "bowl.yaml", "--seeds", "2"}).exit_code == 0);
  CHECK(redirected(folder, ">&- 2>&-", {"sweep", "bowl.yaml", "--seeds", "3"}).exit_code == 0);
  for (const char* seed : {"seed=1", "seed=2", "seed=3"})
    CHECK(runlog::read_status(folder.path / "runs/bowl" / seed).value().status == runlog::RunStatus::done);
}

TEST_CASE("an error keeps its exit code where nobody can read it", "[program][environment]") {
  const ScratchFolder folder;
  for (const char* where : {"2>/dev/full", "2>&-", "2>&1 | true; exit ${PIPESTATUS[0]}"}) {
    INFO(where);
    CHECK(redirected(folder, where, {"nosuch"}).exit_code == 2);
    CHECK(redirected(folder, where, {"run", "nosuch.yaml"}).exit_code == 2);
  }
}

TEST_CASE("a result that cannot be written is an error, and one that nobody reads is told to nobody",
          "[program][environment]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  REQUIRE(descent_in(folder, {"run", "bowl.yaml"}).exit_code == 0);
  const std::vector<std::vector<std::string>> commands = {
      {"export", "runs/bowl/seed=1", "--csv"},
      {"show", "runs/bowl/seed=1"},
      {"show", "runs/bowl/seed=1", "--json"},
      {"plot", "runs/bowl/seed=1", "--metric", "train/objective"},
      {"check", "bowl.yaml"},
      {"plugins"},
      {"plugins", "optimizer", "adam"},
      {"status"},
      {"--help"},
      {"run", "--help"},
      {"--version"},
      {"doctor"}};
  for (const auto& command : commands) {
    INFO(command[0]);
    const Finished full = redirected(folder, ">/dev/full", command);
    CHECK(full.exit_code == 1);
    CHECK(full.errors == "error: cannot write to standard output: No space left on device\n");
    const Finished closed = redirected(folder, ">&-", command);
    CHECK(closed.exit_code == 1);
    CHECK_THAT(closed.errors, Contains("cannot write to standard output"));
    const Finished unread = redirected(folder, "> >(exec <&-; exec sleep 0.2)", command);
    // The reader may leave a moment later than the words come.
    const Finished gone = unread.exit_code != 0
                              ? unread
                              : redirected(folder, "| (exec <&-; sleep 0.5); exit ${PIPESTATUS[0]}", command);
    CHECK(gone.exit_code == 128 + SIGPIPE);
    CHECK(gone.errors.empty());
  }
}

TEST_CASE("programs that Descent starts end by SIGPIPE as usual", "[program][environment]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  // The plugin's own program; and what the shell gave up to Descent as ignored.
  folder.write("gnuplot", "#!/bin/bash\ngrep -E '^Sig(Ign|Blk)' /proc/$$/status > signals\nexit 1\n");
  fs::permissions(folder.path / "gnuplot", fs::perms::owner_all);
  REQUIRE(descent_in(folder, {"run", "bowl.yaml"}).exit_code == 0);
  run_program(
      {"bash", "-c",
       "trap '' PIPE XFSZ; PATH=$PWD:$PATH " + descent_program() + " plot runs/bowl/seed=1 --metric value"},
      folder.path);
  std::istringstream signals(content(folder.path / "signals"));
  std::string name, mask;
  REQUIRE(signals >> name >> mask);  // blocked
  REQUIRE(signals >> name >> mask);
  REQUIRE(name == "SigIgn:");
  const auto ignored = std::stoull(mask, nullptr, 16);
  CHECK((ignored >> (SIGPIPE - 1) & 1) == 0);
  CHECK((ignored >> (SIGXFSZ - 1) & 1) == 0);
}

TEST_CASE("a file that may not grow fails a run in order", "[program][environment]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  const Finished run =
      run_program({"bash", "-c", "ulimit -f 40; exec " + descent_program() + " run bowl.yaml"}, folder.path);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.output + run.errors, Contains("File too large"));
}

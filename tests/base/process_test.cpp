#include "descent/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>

#include "support/files.hpp"

using Catch::Matchers::Contains;
using descent::Process;
using descent::ProcessResult;
using descent::run_process;

TEST_CASE("a program's output, errors and exit code are collected") {
  const ProcessResult result = run_process({{"sh", "-c", "echo out; echo wrong >&2; exit 3"}});
  CHECK(result.output == "out\n");
  CHECK(result.errors == "wrong\n");
  CHECK(result.end.exit_code == 3);
  CHECK(result.end.signal == 0);
  CHECK(result.end.shell_code() == 3);
}

TEST_CASE("more output than a pipe holds is collected") {
  const ProcessResult result = run_process({{"sh", "-c", "head -c 300000 /dev/zero"}});
  CHECK(result.output.size() == 300000);
}

TEST_CASE("a program gets the folder, the variables and the redirections that it is given") {
  const descent::testing::ScratchFolder folder;
  folder.write("input", "from a file");
  setenv("DESCENT_PROCESS_TEST", "inherited", 1);
  const ProcessResult result = run_process(
      {.command = {"sh", "-c", "cat; pwd; echo $DESCENT_PROCESS_TEST $DESCENT_OTHER; echo seven >&7"},
       .environment = {"DESCENT_OTHER=added", "DESCENT_PROCESS_TEST=replaced"},
       .folder = folder.path,
       .redirections = {
           {.descriptor = STDIN_FILENO, .file = folder.path / "input"},
           {.descriptor = 7, .file = folder.path / "seven", .mode = descent::Redirection::Mode::write}}});
  unsetenv("DESCENT_PROCESS_TEST");
  CHECK(result.output == "from a file" + folder.path.string() + "\nreplaced added\n");
  CHECK(descent::testing::content(folder.path / "seven") == "seven\n");
}

TEST_CASE("a program that cannot be started says why") {
  try {
    run_process({{"descent-has-no-such-program"}});
    FAIL("it was started");
  } catch (const descent::StartError& error) {
    CHECK(error.error_number() == ENOENT);
    CHECK_THAT(error.what(), Contains("cannot start descent-has-no-such-program: No such file"));
  }
  CHECK_THROWS_WITH(
      Process({.command = {"true"}, .redirections = {{.descriptor = 0, .file = "/nowhere/at/all"}}}),
      Contains("cannot start true: cannot open '/nowhere/at/all': No such file"));
}

TEST_CASE("how a process ended is known once, with its signal") {
  Process process({{"sleep", "600"}});
  CHECK_FALSE(process.end());
  process.signal(SIGTERM);
  pollfd life{process.life(), POLLIN, 0};
  if (process.life() >= 0) CHECK(poll(&life, 1, -1) == 1);
  const descent::ProcessEnd end = process.wait();
  CHECK(end.signal == SIGTERM);
  CHECK(end.shell_code() == 128 + SIGTERM);
}

TEST_CASE("a group ends with its leader") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const descent::Descriptor reads(ends[0]);
  descent::Descriptor writes(ends[1]);
  Process leader({.command = {"sh", "-c", "(sleep 5; echo outlived it) & exit 4"},
                  .redirections = {{.descriptor = STDOUT_FILENO, .from = writes.get()}},
                  .own_group = true});
  writes = descent::Descriptor();
  CHECK(leader.wait().exit_code == 4);
  // The pipe has no other writer: at its end, whoever was left behind is gone.
  char text[64] = {};
  CHECK(read(reads.get(), text, sizeof text) == 0);
  CHECK(std::string(text).empty());
}

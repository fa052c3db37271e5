#include "run_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

extern char** environ;

namespace descent::testing {
namespace fs = std::filesystem;
using Catch::Matchers::Contains;
namespace {

void require(int code, const char* what) {
  if (code != 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(code));
}

pid_t start(const std::vector<std::string>& command, const fs::path& folder,
            const std::vector<std::string>& added, const fs::path& output, int errors) {
  std::vector<std::string> words = command;
  std::vector<std::string> entries = added;  // the first entry of a name counts
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  std::vector<char*> arguments, environment;
  for (std::string& word : words) arguments.push_back(word.data());
  for (std::string& entry : entries) environment.push_back(entry.data());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  require(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  require(posix_spawn_file_actions_addchdir_np(&actions, folder.c_str()), "addchdir");
  require(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), "addopen");
  require(posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600),
          "addopen");
  require(posix_spawn_file_actions_adddup2(&actions, errors, 2), "adddup2");
  pid_t child = 0;
  const int code =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  require(code, arguments[0]);
  return child;
}

Finished run(const std::vector<std::string>& command, const fs::path& folder,
             const std::vector<std::string>& environment, const std::string& awaited, int signal) {
  const ScratchFolder scratch;
  int pipe_ends[2];
  require(pipe2(pipe_ends, O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
  const pid_t child = start(command, folder, environment, scratch.path / "output", pipe_ends[1]);
  close(pipe_ends[1]);
  Finished finished{};
  bool pending = signal != 0;
  char buffer[4096];
  for (ssize_t count; (count = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    finished.errors.append(buffer, static_cast<std::size_t>(count));
    if (pending && finished.errors.find(awaited) != std::string::npos) {
      kill(child, signal);
      pending = false;
    }
  }
  close(pipe_ends[0]);
  int status = 0;
  require(waitpid(child, &status, 0) == child ? 0 : errno, "waitpid");
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.output = content(scratch.path / "output");
  return finished;
}

}  // namespace

Finished run_program(const std::vector<std::string>& command, const fs::path& folder,
                     const std::vector<std::string>& environment) {
  return run(command, folder, environment, "", 0);
}

Finished run_and_signal(const std::vector<std::string>& command, const fs::path& folder,
                        const std::string& awaited, int signal) {
  return run(command, folder, {}, awaited, signal);
}

std::string descent_program() {
  return std::string(DESCENT_BINARY_DIR) + "/bin/descent";
}

Finished descent_in(const ScratchFolder& folder, std::vector<std::string> arguments,
                    const std::vector<std::string>& environment) {
  arguments.insert(arguments.begin(), descent_program());
  return run_program(arguments, folder.path, environment);
}

void refused(const Finished& finished, const std::string& why) {
  CHECK(finished.exit_code == 2);
  CHECK(finished.output.empty());
  CHECK_THAT(finished.errors, Contains(why));
}

}  // namespace descent::testing

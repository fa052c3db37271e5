#include "process_group.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace descent::testing {

ProcessGroup::ProcessGroup(const std::vector<std::string>& command, const std::filesystem::path& folder) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int failure = posix_spawn(&leader_, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + command.front());
}

void ProcessGroup::signal(int number) const {
  ::kill(-leader_, number);
}

void ProcessGroup::kill_all() const {
  ::kill(leader_, SIGSTOP);
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", leader_));
  for (pid_t child = 0; children >> child;) ::kill(-child, SIGKILL);
  ::kill(leader_, SIGKILL);
}

int ProcessGroup::wait() const {
  int status = 0;
  while (waitpid(leader_, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace descent::testing

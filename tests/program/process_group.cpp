#include "process_group.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace descent::testing {

ProcessGroup::ProcessGroup(const std::vector<std::string>& command, const std::filesystem::path& folder)
    : leader_({.command = command,
               .folder = folder,
               .redirections = {{.descriptor = STDOUT_FILENO,
                                 .file = "/dev/null",
                                 .mode = Redirection::Mode::write}},
               .own_group = true}) {}

void ProcessGroup::signal(int number) const {
  ::kill(-leader_.id(), number);
}

void ProcessGroup::kill_all() const {
  leader_.signal(SIGSTOP);
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", leader_.id()));
  for (pid_t child = 0; children >> child;) ::kill(-child, SIGKILL);
  leader_.signal(SIGKILL);
}

int ProcessGroup::wait() {
  const ProcessEnd end = leader_.wait();
  return end.signal != 0 ? -end.signal : end.exit_code;
}

}  // namespace descent::testing

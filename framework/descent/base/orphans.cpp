#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "descent/base/detail/started_processes.hpp"
#include "descent/base/process.hpp"

namespace descent {

namespace fs = std::filesystem;

namespace {

// Of every thread, for the system lists children by the thread that they belong to.
std::vector<pid_t> listed_children() {
  std::vector<pid_t> children;
  std::error_code error;
  for (const fs::directory_entry& thread : fs::directory_iterator("/proc/self/task", error)) {
    std::ifstream file(thread.path() / "children");
    for (pid_t child; file >> child;) children.push_back(child);
  }
  return children;
}

// The parent that /proc says a process has; its name, in brackets before it, may hold anything.
pid_t parent_of(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == std::string::npos || behind_name + 4 > text.size()) return -1;
  return static_cast<pid_t>(std::strtol(text.c_str() + behind_name + 4, nullptr, 10));
}

// For systems without those lists.
std::vector<pid_t> found_children() {
  std::vector<pid_t> children;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    const bool is_process = name.find_first_not_of("0123456789") == std::string::npos;
    if (is_process && parent_of(entry.path()) == getpid()) children.push_back(std::stoi(name));
  }
  return children;
}

std::vector<pid_t> orphans() {
  const bool has_lists = access("/proc/thread-self/children", R_OK) == 0;
  std::vector<pid_t> children = has_lists ? listed_children() : found_children();
  std::erase_if(children, detail::is_started);
  return children;
}

}  // namespace

void adopt_orphans() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void end_orphans() {
  constexpr auto glance = std::chrono::milliseconds(5);
  constexpr int tries = 400;
  for (int i = 0; i < tries; ++i) {
    siginfo_t any{};
    if (waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return;
    bool waits = false;
    {
      // A process that is being started is a Process's before anybody can look.
      const auto held = detail::hold_starts();
      const std::vector<pid_t> left = orphans();
      if (left.empty()) return;
      for (const pid_t orphan : left) {
        kill(orphan, SIGKILL);
        waits = waitpid(orphan, nullptr, WNOHANG) == 0 || waits;
      }
    }
    // What they leave behind comes to this process when they are gone.
    if (waits) std::this_thread::sleep_for(glance);
  }
}

}  // namespace descent

#include "runlog/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace descent {

Child::Child(const std::string& test_case, const std::filesystem::path& directory) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  setenv("DESCENT_TEST_DIRECTORY", directory.c_str(), 1);
  process_ = fork();
  if (process_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl("/proc/self/exe", "test_runlog", test_case.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  output_ = fdopen(ends[0], "r");
}

Child::~Child() {
  if (process_ > 0) {
    kill();
    wait();
  }
  std::fclose(output_);
}

long Child::wait_for(const std::string& word) {
  std::array<char, 512> line{};
  while (std::fgets(line.data(), line.size(), output_) != nullptr)
    if (std::string(line.data()).starts_with(word)) return std::atol(line.data() + word.size());
  return -1;
}

void Child::kill() {
  ::kill(process_, SIGKILL);
}

int Child::wait() {
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::filesystem::path child_directory() {
  const char* directory = std::getenv("DESCENT_TEST_DIRECTORY");
  if (directory == nullptr) throw std::runtime_error("this test case is started by others");
  return directory;
}

}  // namespace descent

#include "support/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

namespace descent {

static constexpr const char* directory_variable = "DESCENT_TEST_DIRECTORY";

Child::Child(const std::string& test_case, const std::filesystem::path& directory,
             const std::vector<std::string>& more) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  // Made ready before the fork: between it and exec a process with threads may do almost nothing.
  std::string variable = std::string(directory_variable) + "=" + directory.string();
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(variable.data());
  for (const std::string& one : more) environment.push_back(const_cast<char*>(one.data()));
  environment.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execle("/proc/self/exe", "descent_test", test_case.c_str(), nullptr, environment.data());
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

std::optional<std::string> Child::line() {
  std::array<char, 4096> text{};
  if (std::fgets(text.data(), text.size(), output_) == nullptr) return std::nullopt;
  std::string line = text.data();
  if (line.ends_with('\n')) line.pop_back();
  return line;
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

std::optional<std::filesystem::path> child_directory() {
  const char* directory = std::getenv(directory_variable);
  return directory == nullptr ? std::nullopt : std::optional<std::filesystem::path>(directory);
}

}  // namespace descent

#include "support/child.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace descent {

static constexpr const char* directory_variable = "DESCENT_TEST_DIRECTORY";

Child::Child(const std::string& test_case, const std::filesystem::path& directory,
             const std::vector<std::string>& more) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const Descriptor writes(ends[1]);
  output_ = fdopen(ends[0], "r");
  ProcessStart start{.command = {"descent_test", test_case},
                     .program = "/proc/self/exe",
                     .environment = more,
                     .redirections = {{.descriptor = STDOUT_FILENO, .from = writes.get()}}};
  start.environment.push_back(std::string(directory_variable) + "=" + directory.string());
  process_.emplace(start);
}

Child::~Child() {
  process_.reset();
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
  process_->signal(SIGKILL);
}

int Child::wait() {
  const ProcessEnd end = process_->wait();
  return end.signal != 0 ? -end.signal : end.exit_code;
}

std::optional<std::filesystem::path> child_directory() {
  const char* directory = std::getenv(directory_variable);
  return directory == nullptr ? std::nullopt : std::optional<std::filesystem::path>(directory);
}

}  // namespace descent

#include "descent/sweep/run_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "descent/base/error.hpp"

namespace descent {

namespace {

/// The life line's end in the child; it closes when the process ends, however it ends.
constexpr int life_descriptor = 3;

// Which files a child has, and that signals reach it as they reach a program from a shell.
class SpawnSettings {
 public:
  SpawnSettings(const std::filesystem::path& errors, int life) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0666);
    posix_spawn_file_actions_adddup2(&actions_, life, life_descriptor);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

RunProcess::RunProcess(const std::vector<std::string>& command, const std::filesystem::path& errors,
                       std::int64_t memory_bytes) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  life_ = Descriptor(ends[0]);
  // The child's end must not lie where it is to be copied to: that would leave it closed on exec.
  const Descriptor made(ends[1]);
  const Descriptor child_end(fcntl(made.get(), F_DUPFD_CLOEXEC, life_descriptor + 1));
  const SpawnSettings settings(errors, child_end.get());
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int failure = posix_spawn(&process_, arguments[0], settings.actions(), settings.attributes(),
                                  arguments.data(), environ);
  if (failure != 0) {
    process_ = -1;
    throw RunError(fmt::format("cannot start {}, whose messages go to '{}': {}", command.front(),
                               errors.string(), std::strerror(failure)));
  }
  if (memory_bytes > 0) {
    const rlimit limit{static_cast<rlim_t>(memory_bytes), static_cast<rlim_t>(memory_bytes)};
    prlimit(process_, RLIMIT_AS, &limit, nullptr);
  }
}

RunProcess::RunProcess(RunProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)), life_(std::move(other.life_)) {}

RunProcess::~RunProcess() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  wait();
}

void RunProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

ProcessEnd RunProcess::wait() {
  int status = 0;
  rusage usage{};
  while (wait4(process_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  process_ = -1;
  ProcessEnd end;
  end.peak_memory_bytes = usage.ru_maxrss * 1024;
  if (WIFSIGNALED(status))
    end.signal = WTERMSIG(status);
  else
    end.exit_code = WEXITSTATUS(status);
  return end;
}

std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count) {
  constexpr std::streamoff looked_at = 16384;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const std::streamoff size = stream.tellg();
  stream.seekg(std::max<std::streamoff>(0, size - looked_at));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(std::move(line));
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

}  // namespace descent

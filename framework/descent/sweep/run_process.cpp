#include "descent/sweep/run_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "descent/base/error.hpp"

namespace descent::sweep {

namespace {

/// What a child needs to know; all of it is there before the fork.
struct Start {
  char* const* words = nullptr;
  const char* errors = nullptr;
  rlim_t memory = 0;
  pid_t parent = 0;
  int failure = -1;  ///< a pipe's end that exec closes: errno goes into it
};

bool put(int file, int as) {
  if (file < 0 || dup2(file, as) < 0) return false;
  if (file != as) close(file);
  return true;
}

// Runs in the child between fork and exec, where nothing may allocate or lock: another thread may have held
// the lock. False: errno says why not.
bool prepare(const Start& start) {
  sigset_t none;
  sigemptyset(&none);
  const rlimit limit{start.memory, start.memory};
  return setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 &&
         sigprocmask(SIG_SETMASK, &none, nullptr) == 0 && put(open("/dev/null", O_RDONLY), STDIN_FILENO) &&
         put(open("/dev/null", O_WRONLY), STDOUT_FILENO) &&
         put(open(start.errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666), STDERR_FILENO) &&
         (start.memory == 0 || setrlimit(RLIMIT_AS, &limit) == 0);
}

[[noreturn]] void become(const Start& start) {
  if (prepare(start)) {
    if (getppid() != start.parent) raise(SIGTERM);  // it died before its death was asked for
    execve(start.words[0], start.words, environ);
  }
  const int failure = errno;
  if (write(start.failure, &failure, sizeof failure) < 0) _exit(126);
  _exit(127);
}

// 0: the child has become what it is to be.
int failure_from(int pipe) {
  int failure = 0;
  ssize_t count = 0;
  while ((count = read(pipe, &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  return count == static_cast<ssize_t>(sizeof failure) ? failure : 0;
}

}  // namespace

RunProcess::RunProcess(const std::vector<std::string>& command, const std::filesystem::path& errors,
                       std::int64_t memory_bytes) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const runlog::Descriptor told(ends[0]);
  runlog::Descriptor tells(ends[1]);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const Start start{words.data(), errors.c_str(), static_cast<rlim_t>(memory_bytes), getpid(), tells.get()};
  process_ = fork();
  if (process_ == 0) become(start);
  const int no_fork = errno;
  tells = runlog::Descriptor();
  const int failure = process_ < 0 ? no_fork : failure_from(told.get());
  if (failure != 0) {
    if (process_ > 0) reap();
    throw RunError(fmt::format("cannot start {}, whose messages go to '{}': {}", command.front(),
                               errors.string(), std::strerror(failure)));
  }
  life_ = runlog::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process_, 0)));
}

RunProcess::RunProcess(RunProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)), life_(std::move(other.life_)) {}

RunProcess::~RunProcess() {
  if (process_ <= 0) return;
  kill_group();
  reap();
}

void RunProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

void RunProcess::kill_group() const {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);  // it may have left its group
  ::kill(-process_, SIGKILL);
}

std::optional<ProcessEnd> RunProcess::end() {
  siginfo_t dead{};
  const auto process = static_cast<id_t>(process_);
  if (waitid(P_PID, process, &dead, WEXITED | WNOHANG | WNOWAIT) != 0) {
    process_ = -1;  // where SIGCHLD is ignored, the system has forgotten it
    return ProcessEnd();
  }
  if (dead.si_pid == 0) return std::nullopt;
  kill_group();  // while the dead one still has the group's number
  return reap();
}

// Of a process that is dead, or was killed.
ProcessEnd RunProcess::reap() {
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

}  // namespace descent::sweep

#include "descent/base/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "descent/base/detail/started_processes.hpp"

namespace descent {

namespace {

/// Why the child could not become the program.
struct Failure {
  int error_number = 0;
  int redirection = -1;  ///< the one that failed
};

/// What a child needs to know; all of it is there before the fork.
struct Child {
  const ProcessStart& start;
  const char* program;
  std::vector<char*> words, environment;
  pid_t parent;
  int report;  ///< a pipe's end that exec closes: a Failure goes into it
};

std::vector<char*> pointers_of(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// This process's variables with `added` in the place of those of the same names: where a name
// is there twice, some programs see the first and others the last.
std::vector<char*> environment_with(const std::vector<std::string>& added) {
  std::vector<char*> entries = pointers_of(added);
  entries.pop_back();
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const auto is_same = [&](const std::string& other) { return other.starts_with(name); };
    if (std::none_of(added.begin(), added.end(), is_same)) entries.push_back(*entry);
  }
  entries.push_back(nullptr);
  return entries;
}

bool put(int file, int as) {
  if (file == as) return fcntl(file, F_SETFD, 0) == 0;
  return file >= 0 && dup2(file, as) >= 0;
}

bool redirect(const Redirection& one) {
  if (one.file.empty()) return put(one.from, one.descriptor);
  const bool appends = one.mode == Redirection::Mode::append;
  const int file = one.mode == Redirection::Mode::read
                       ? open(one.file.c_str(), O_RDONLY)
                       : open(one.file.c_str(),
                              O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | (appends ? O_APPEND : 0), 0666);
  const bool done = put(file, one.descriptor);
  if (file >= 0 && file != one.descriptor) close(file);
  return done;
}

// Runs in the child between fork and exec, as all below, where nothing may allocate or lock: another thread
// may have held the lock. False: errno says why not.
bool prepare(const Child& child, Failure& failure) {
  const ProcessStart& start = child.start;
  sigset_t none;
  sigemptyset(&none);
  if (start.own_group && setpgid(0, 0) != 0) return false;
  if (start.ends_with_thread && prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return false;
  if (sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return false;
  if (!start.folder.empty() && chdir(start.folder.c_str()) != 0) return false;
  for (std::size_t i = 0; i < start.redirections.size(); ++i) {
    if (redirect(start.redirections[i])) continue;
    failure.redirection = static_cast<int>(i);
    return false;
  }
  const auto most = static_cast<rlim_t>(start.memory_bytes);
  const rlimit limit{most, most};
  return most == 0 || setrlimit(RLIMIT_AS, &limit) == 0;
}

[[noreturn]] void become(const Child& child) {
  Failure failure;
  if (prepare(child, failure)) {
    // It died before its death was asked for.
    if (child.start.ends_with_thread && getppid() != child.parent) raise(SIGTERM);
    execvpe(child.program, child.words.data(), child.environment.data());
  }
  failure.error_number = errno;
  if (write(child.report, &failure, sizeof failure) < 0) _exit(126);
  _exit(127);
}

// Nothing: the child has become what it is to be.
std::optional<Failure> failure_from(int pipe) {
  Failure failure;
  ssize_t count = 0;
  while ((count = read(pipe, &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  return count == static_cast<ssize_t>(sizeof failure) ? std::optional(failure) : std::nullopt;
}

[[noreturn]] void refuse(const ProcessStart& start, const Failure& failure) {
  std::string where;
  if (failure.redirection >= 0)
    if (const auto& file = start.redirections[static_cast<std::size_t>(failure.redirection)].file;
        !file.empty())
      where = fmt::format(" cannot open '{}':", file.string());
  throw StartError(
      fmt::format("cannot start {}:{} {}", start.command.front(), where, std::strerror(failure.error_number)),
      failure.error_number);
}

// The processes that objects stand for: all other children of this one were left to it. Never destroyed.
struct Started {
  std::mutex mutex;
  std::set<pid_t> processes;
};
Started& started() {
  static Started& all = *new Started;
  return all;
}

// errno where there is none.
int fork_as(pid_t& process, const Child& child) {
  const std::lock_guard lock(started().mutex);
  process = fork();
  if (process == 0) become(child);
  if (process < 0) return errno;
  started().processes.insert(process);
  return 0;
}

void forget(pid_t process) {
  const std::lock_guard lock(started().mutex);
  started().processes.erase(process);
}

Descriptor memory_file() {
  Descriptor file(memfd_create("descent", MFD_CLOEXEC));
  if (file.get() < 0) throw RunError(fmt::format("cannot make a temporary file: {}", std::strerror(errno)));
  return file;
}

std::string text_of(const Descriptor& file) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t count;
       (count = pread(file.get(), part.data(), part.size(), static_cast<off_t>(text.size()))) > 0;)
    text.append(part.data(), static_cast<std::size_t>(count));
  return text;
}

}  // namespace

std::unique_lock<std::mutex> detail::hold_starts() {
  return std::unique_lock(started().mutex);
}

bool detail::is_started(pid_t process) {
  return started().processes.contains(process);
}

StartError::StartError(const std::string& message, int error_number)
    : RunError(message), error_number_(error_number) {}
StartError::~StartError() = default;

Process::Process(const ProcessStart& start) : has_group_(start.own_group) {
  DESCENT_ASSERT(!start.command.empty(), "a process is started by a command");
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const Descriptor told(ends[0]);
  Descriptor tells(ends[1]);
  // Above all that a redirection may take the place of.
  Descriptor report(fcntl(tells.get(), F_DUPFD_CLOEXEC, 64));
  if (report.get() < 0) throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  tells = Descriptor();
  const Child child{start,
                    start.program.empty() ? start.command.front().c_str() : start.program.c_str(),
                    pointers_of(start.command),
                    environment_with(start.environment),
                    getpid(),
                    report.get()};
  const int no_fork = fork_as(process_, child);
  report = Descriptor();
  if (process_ < 0) refuse(start, {no_fork, -1});
  if (const auto failure = failure_from(told.get())) {
    reap();
    refuse(start, *failure);
  }
  life_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process_, 0)));
}

Process::Process(Process&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      has_group_(other.has_group_),
      life_(std::move(other.life_)) {}

Process::~Process() {
  if (process_ <= 0) return;
  kill_group();
  reap();
}

void Process::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

void Process::kill_group() const {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);  // it may have left its group
  if (has_group_) ::kill(-process_, SIGKILL);
}

std::optional<ProcessEnd> Process::end() {
  siginfo_t dead{};
  if (waitid(P_PID, static_cast<id_t>(process_), &dead, WEXITED | WNOHANG | WNOWAIT) != 0) {
    forget(process_);
    process_ = -1;  // where SIGCHLD is ignored, the system has forgotten it
    return ProcessEnd();
  }
  if (dead.si_pid == 0) return std::nullopt;
  if (has_group_) kill_group();  // while the dead one still has the group's number
  return reap();
}

ProcessEnd Process::wait() {
  siginfo_t dead{};
  while (waitid(P_PID, static_cast<id_t>(process_), &dead, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  return end().value_or(ProcessEnd());
}

// Of a process that is dead, or was killed.
ProcessEnd Process::reap() {
  int status = 0;
  rusage usage{};
  while (wait4(process_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  forget(process_);
  process_ = -1;
  ProcessEnd end;
  end.peak_memory_bytes = usage.ru_maxrss * 1024;
  if (WIFSIGNALED(status))
    end.signal = WTERMSIG(status);
  else
    end.exit_code = WEXITSTATUS(status);
  return end;
}

ProcessResult run_process(ProcessStart start) {
  const Descriptor output = memory_file(), errors = memory_file();
  start.redirections.push_back({.descriptor = STDOUT_FILENO, .from = output.get()});
  start.redirections.push_back({.descriptor = STDERR_FILENO, .from = errors.get()});
  const ProcessEnd end = Process(start).wait();
  return {end, text_of(output), text_of(errors)};
}

}  // namespace descent

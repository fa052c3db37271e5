#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"

namespace descent {

/// Where one descriptor of a started program leads.
struct Redirection {
  enum class Mode { read, write, append };  ///< `write` and `append` empty the file first
  int descriptor = 0;                       ///< in the program
  std::filesystem::path file = {};          ///< what is opened; where it is empty, `from` counts
  Mode mode = Mode::read;
  int from = -1;  ///< a descriptor of this process
};

/// What is started, and how.
struct ProcessStart {
  /// The program, looked for in PATH unless it has a slash, and its arguments.
  std::vector<std::string> command;
  std::filesystem::path program = {};          ///< what is executed, where that is not the first word
  std::vector<std::string> environment = {};   ///< `NAME=value`, instead of or beside this process's
  std::filesystem::path folder = {};           ///< empty: the current one
  std::vector<Redirection> redirections = {};  ///< one after the other; all else is inherited
  bool own_group = false;                      ///< the first of a process group of its own
  bool ends_with_thread = false;               ///< gets SIGTERM when the thread that started it dies
  std::int64_t memory_bytes = 0;               ///< the most address space that it may have; 0: no limit
};

/// How a process ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  ///< that killed it, or 0
  std::int64_t peak_memory_bytes = 0;

  /// As shells have it: 128 + N after signal N.
  int shell_code() const { return signal != 0 ? 128 + signal : exit_code; }
};

/// A program could not be started.
class DESCENT_API StartError : public RunError {
 public:
  StartError(const std::string& message, int error_number);
  ~StartError() override;
  int error_number() const { return error_number_; }  ///< as errno has it: ENOENT, there is no such program

 private:
  int error_number_;
};

/// A running program. Its signal mask is empty. One whose end nobody asked for is killed with the object.
class DESCENT_API Process {
 public:
  /// Throws StartError.
  explicit Process(const ProcessStart& start);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  /// Becomes readable when the process is gone, whatever it did to its files and whoever it left behind; -1
  /// on systems that have no such thing.
  int life() const { return life_.get(); }
  pid_t id() const { return process_; }
  void signal(int number) const;
  /// The process, and those that it started and that are still of its own group.
  void kill_group() const;
  /// How it ended, once; nothing while it lives. Whatever it left behind in its own group is killed.
  std::optional<ProcessEnd> end();
  /// The same, after waiting.
  ProcessEnd wait();

 private:
  ProcessEnd reap();

  pid_t process_ = -1;
  bool has_group_ = false;
  Descriptor life_;
};

/// From now on, whatever a process that this one started leaves behind becomes a child of this one, also what has left its
/// group and session (PR_SET_CHILD_SUBREAPER). Does nothing where the system has no such thing.
DESCENT_API void adopt_orphans();
/// Kills every child of this process that is not owned by a Process, and the descendants of those, and waits up to two
/// seconds for them to end.
DESCENT_API void end_orphans();

/// What a program that has ended leaves.
struct ProcessResult {
  ProcessEnd end;
  std::string output, errors;
};

/// Starts a program whose standard output and error are collected, and waits. Throws StartError.
DESCENT_API ProcessResult run_process(ProcessStart start);

}  // namespace descent

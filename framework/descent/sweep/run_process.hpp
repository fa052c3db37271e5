#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/runlog/detail/descriptor.hpp"

namespace descent::sweep {

/// How a process ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  ///< that killed it, or 0
  std::int64_t peak_memory_bytes = 0;
};

/// A process that plays one run, started with exec, the first of a process group of its own. Standard input
/// and output are closed; what it says on standard error is written to a file, anew. When the thread that
/// started it dies, it is told to end (SIGTERM). A child whose end nobody asked for is killed.
class RunProcess {
 public:
  /// `memory_bytes`: the most address space it may have, or 0. Throws RunError when it cannot be started.
  RunProcess(const std::vector<std::string>& command, const std::filesystem::path& errors,
             std::int64_t memory_bytes);
  ~RunProcess();
  RunProcess(RunProcess&& other) noexcept;
  RunProcess& operator=(RunProcess&&) = delete;

  /// Becomes readable when the process is gone, whatever it did to its files and whoever it left behind; -1
  /// on systems that have no such thing.
  int life() const { return life_.get(); }
  void signal(int number) const;
  /// The process, and those that it started and that are still of its group.
  void kill_group() const;
  /// How it ended, once; nothing while it lives. Whatever it left behind in its group is killed.
  std::optional<ProcessEnd> end();

 private:
  ProcessEnd reap();

  pid_t process_ = -1;
  runlog::Descriptor life_;
};

/// The last lines of a file, at most `count`.
DESCENT_API std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count);

}  // namespace descent::sweep

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/runlog/descriptor.hpp"

namespace descent {

/// How a process ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  ///< that killed it, or 0
  std::int64_t peak_memory_bytes = 0;
};

/// A process that plays one run, started with exec. Standard input and output are closed; what it says on
/// standard error is added to a file. A child that nobody waited for is killed.
class RunProcess {
 public:
  /// `memory_bytes`: the most address space it may have, or 0. Throws RunError when it cannot be started.
  RunProcess(const std::vector<std::string>& command, const std::filesystem::path& errors,
             std::int64_t memory_bytes);
  ~RunProcess();
  RunProcess(RunProcess&& other) noexcept;
  RunProcess& operator=(RunProcess&&) = delete;

  /// Becomes readable (at its end) when the process is gone.
  int life() const { return life_.get(); }
  void signal(int number) const;
  /// Waits for its end, once.
  ProcessEnd wait();

 private:
  pid_t process_ = -1;
  Descriptor life_;
};

/// The last lines of a file, at most `count`.
DESCENT_API std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count);

}  // namespace descent

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "command_line.hpp"

/// What is said when the program, or a plugin in it, crashes.
namespace descent::program {

/// From now on a signal that tells of a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT), raised here or by std::terminate,
/// is reported on standard error, with the plugin in whose code it was; then it ends the process as it would have. For the
/// thread that calls this, also where its stack overflows. Nothing of this happens in builds with sanitizers, which
/// report faults themselves.
void report_crashes();

/// While it lives, a crash ends this run: its events and its status say why.
class RunAtStake {
 public:
  RunAtStake() = default;
  ~RunAtStake();
  RunAtStake(const RunAtStake&) = delete;
  RunAtStake& operator=(const RunAtStake&) = delete;

  /// From here on; `directory` is absolute.
  void begin(const std::filesystem::path& directory);
  /// The step that is being played is kept here.
  std::atomic<std::int64_t>& step() { return step_; }

 private:
  std::atomic<std::int64_t> step_ = 0;
};

/// A hidden command, with which the report of a crash writes into a run's files.
void add_record_crash(CommandLine& program);

}  // namespace descent::program

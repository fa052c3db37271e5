#pragma once

#include <signal.h>

#include <atomic>
#include <thread>

namespace descent::program {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP asks the run to end in order; the second SIGINT kills the
/// process, as it would without. A second of the others says nothing new: Slurm sends several. A SIGHUP that was
/// ignored before, as nohup does, stays so. SIGUSR1 asks for a checkpoint. Made before any other thread, for those inherit that they are not to be interrupted.
///
/// The signals are waited for on a thread of their own instead of being handled wherever they arrive: a
/// handler that interrupts a vector kernel relies on the system to save and restore every register, tiles and
/// masks too, and there are systems where it does not.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// True from the first signal on.
  const std::atomic<bool>& asked() const { return asked_; }
  /// True from a SIGUSR1 on until somebody resets it.
  std::atomic<bool>& checkpoint_asked() { return checkpoint_asked_; }
  /// The signal that ends the run, or 0.
  int signal() const { return signal_; }

 private:
  void wait();

  sigset_t awaited_{};
  sigset_t mask_before_{};
  std::atomic<bool> asked_{false};
  std::atomic<bool> checkpoint_asked_{false};
  std::atomic<int> signal_{0};
  std::atomic<bool> ending_{false};
  std::thread waiter_;
};

}  // namespace descent::program

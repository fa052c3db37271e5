#pragma once

#include <atomic>

namespace descent::program {

/// While one of these lives, the first SIGINT or SIGTERM asks the run to end in order; the next one of either
/// kind kills the process, as it would without. At most one at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// True from the first signal on.
  const std::atomic<bool>& asked() const;
  /// The signal that came, or 0.
  int signal() const;
};

}  // namespace descent::program

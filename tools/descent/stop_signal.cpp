#include "stop_signal.hpp"

#include <fmt/core.h>

#include <system_error>
#include <utility>

#include "descent/base/error.hpp"

namespace descent::program {

StopSignal::StopSignal() {
  sigemptyset(&awaited_);
  sigaddset(&awaited_, SIGINT);
  sigaddset(&awaited_, SIGTERM);
  sigaddset(&awaited_, SIGUSR1);
  // Where it is ignored, as by nohup, it stays so.
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&awaited_, SIGHUP);
  if (const int code = pthread_sigmask(SIG_BLOCK, &awaited_, &mask_before_); code != 0)
    throw std::system_error(code, std::generic_category(), "cannot block signals");
  try {
    waiter_ = std::thread([this] { wait(); });
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    throw RunError(fmt::format("there is no thread to wait for signals: {}", error.code().message()));
  }
}

StopSignal::~StopSignal() {
  ending_ = true;
  // Blocked in every thread, it only wakes the waiter. NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
  pthread_kill(waiter_.native_handle(), SIGTERM);
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void StopSignal::wait() {
  bool interrupted = false;
  for (;;) {
    int number = 0;
    if (sigwait(&awaited_, &number) != 0) continue;
    if (ending_) return;
    if (number == SIGUSR1) {
      checkpoint_asked_ = true;
      continue;
    }
    if (number == SIGTERM || number == SIGHUP || !std::exchange(interrupted, true)) {
      if (!asked_) signal_ = number;
      asked_ = true;
      continue;
    }
    ::signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &awaited_, nullptr);
    raise(number);
  }
}

}  // namespace descent::program

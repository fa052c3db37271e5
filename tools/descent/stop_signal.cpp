#include "stop_signal.hpp"

#include <signal.h>

namespace descent::program {
namespace {

std::atomic<bool> stop_asked{false};
std::atomic<int> signal_number{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may only write what needs no lock");

void restore_defaults() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGINT, &standard, nullptr);
  sigaction(SIGTERM, &standard, nullptr);
}

extern "C" void on_stop(int number) {
  signal_number = number;
  stop_asked = true;
  restore_defaults();
}

}  // namespace

StopSignal::StopSignal() {
  stop_asked = false;
  signal_number = 0;
  struct sigaction action {};
  action.sa_handler = on_stop;
  action.sa_flags = SA_RESTART;  // the log's writer is not to see an interrupted write
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

StopSignal::~StopSignal() {
  restore_defaults();
}

const std::atomic<bool>& StopSignal::asked() const {
  return stop_asked;
}
int StopSignal::signal() const {
  return signal_number;
}

}  // namespace descent::program

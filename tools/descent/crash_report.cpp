#include "crash_report.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <string>

#include "crash_text.hpp"
#include "descent/base/error.hpp"
#include "descent/plugin/library.hpp"

// A handler may call little more than the system, and what has crashed may have spoiled any memory. So the handler forks: the
// copy looks for the plugin, says what it found, and becomes `descent record-crash`, a process in order that writes into the
// run's files. Where the copy crashes, too, another one says the rest. The handler never returns to the program, so nothing
// depends on the registers that it was interrupted with.
namespace descent::program {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif
constexpr std::array faults = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int most_frames = 200;
constexpr long longest_wait = 10'000;  // milliseconds, for a copy to have done its work

// What the handler reads. Written before it may be needed.
std::array<char, 4096> run_directory{};
std::atomic<const std::atomic<std::int64_t>*> run_step = nullptr;
timespec run_began{};
std::array<char, 512> uncaught{};  // what() of the exception that nobody caught
pid_t reporting_process = 0;
std::atomic_flag is_reporting = ATOMIC_FLAG_INIT;
alignas(16) std::array<char, 1 << 16> handlers_stack{};

struct Fault {
  int signal;
  const siginfo_t* info;
  const ucontext_t* context;
};

struct Search {
  const LoadedLibrary* found = nullptr;
  int frames = 0;
};

// The path of the library that an address lies in, empty for the program itself; null: of none.
const char* path_at(void* address) {
#ifdef DLFO_EH_SEGMENT_TYPE
  dl_find_object object{};
  const bool found = _dl_find_object(address, &object) == 0 && object.dlfo_link_map != nullptr;
  return found ? object.dlfo_link_map->l_name : nullptr;
#else
  Dl_info info{};
  return dladdr(address, &info) != 0 ? info.dli_fname : nullptr;
#endif
}

const LoadedLibrary* plugin_at(void* address) {
  const char* path = path_at(address);
  if (path == nullptr) return nullptr;
  for (const LoadedLibrary* library = last_loaded_library(); library != nullptr; library = library->before)
    if (library->path == path) return library;
  return nullptr;
}

_Unwind_Reason_Code look_at_frame(_Unwind_Context* frame, void* search) {
  Search& here = *static_cast<Search*>(search);
  // One before the place where the call comes back to, which may be another function's.
  here.found = plugin_at(reinterpret_cast<void*>(_Unwind_GetIP(frame) - 1));
  return here.found != nullptr || ++here.frames == most_frames ? _URC_END_OF_STACK : _URC_NO_REASON;
}

// The plugin that was called last and had not come back; null: none, or it cannot be told.
const LoadedLibrary* plugin_at_work() {
  Search search;
  _Unwind_Backtrace(look_at_frame, &search);
  return search.found;
}

bool is_of_stack(const Fault& fault) {
#ifdef REG_RSP
  constexpr std::int64_t near = 1 << 16;
  const auto address = reinterpret_cast<std::int64_t>(fault.info->si_addr);
  const std::int64_t distance = address - fault.context->uc_mcontext.gregs[REG_RSP];
  return fault.signal == SIGSEGV && fault.info->si_code > 0 && distance > -near && distance < near;
#else
  return false;
#endif
}

// The library in whose code the processor found the fault: `libdnnl.so.2`; null: there is none, or it is unknown.
const char* faulty_library(const Fault& fault) {
#ifdef REG_RIP
  if (fault.info->si_code <= 0) return nullptr;  // sent by a call
  const char* path = path_at(reinterpret_cast<void*>(fault.context->uc_mcontext.gregs[REG_RIP]));
  const char* slash = path == nullptr ? nullptr : std::strrchr(path, '/');
  return slash == nullptr ? nullptr : slash + 1;
#else
  return nullptr;
#endif
}

void describe(const Fault& fault, const LoadedLibrary* plugin, CrashText& text) {
  text.add("killed by signal ").add(fault.signal).add(" (").add(sigdescr_np(fault.signal)).add(")");
  if (fault.info->si_code <= 0 && fault.info->si_pid != 0 && fault.info->si_pid != getppid())
    text.add(", which process ").add(fault.info->si_pid).add(" sent");
  const char* library = faulty_library(fault);
  const bool its_own = library == nullptr || (plugin != nullptr && plugin->path.ends_with(library));
  if (!its_own) text.add(" in ").add(library);
  if (plugin != nullptr)
    text.add(its_own ? " in " : ", called by ")
        .add(plugin->plugins.c_str())
        .add(" (")
        .add(plugin->path.c_str())
        .add(")");
  if (run_step.load() != nullptr) text.add(" at step ").add(run_step.load()->load());
  if (is_of_stack(fault)) text.add(": its stack is full");
  if (uncaught[0] != '\0') text.add(": ").add(uncaught.data());
}

// In the copy.
[[noreturn]] void tell(const Fault& fault, bool with_plugin) {
  for (const int number : faults) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  CrashText reason, line;
  describe(fault, with_plugin ? plugin_at_work() : nullptr, reason);
  line.add(isatty(STDERR_FILENO) == 1 ? "\n" : "").add("error: ").add(reason.text()).add("\n");
  if (write(STDERR_FILENO, line.text(), std::strlen(line.text())) < 0)
    errno = 0;  // best effort, as every message
  if (run_step.load() == nullptr) _exit(0);
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  CrashText step, seconds;
  step.add(run_step.load()->load());
  seconds.add(now.tv_sec - run_began.tv_sec);
  const std::array<const char*, 7> words = {
      "descent", "record-crash", run_directory.data(), step.text(), seconds.text(), reason.text(), nullptr};
  execv("/proc/self/exe", const_cast<char* const*>(words.data()));
  _exit(0);
}

// Whether the copy came to its end in order.
bool wait_for(pid_t copy) {
  constexpr timespec moment{0, 5'000'000};
  int status = 0;
  for (long waited = 0; waited < longest_wait; waited += 5) {
    const pid_t ended = waitpid(copy, &status, WNOHANG);
    if (ended == copy) return WIFEXITED(status);
    if (ended < 0 && errno != EINTR) return true;
    nanosleep(&moment, nullptr);
  }
  kill(copy, SIGKILL);
  waitpid(copy, &status, 0);
  return false;
}

void handle(int number, siginfo_t* info, void* context) {
  if (is_reporting.test_and_set())  // another thread has crashed too, and ends the process
    while (true) pause();
  // A copy of this process that a plugin has made says nothing of the run.
  if (getpid() != reporting_process) {
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  const Fault fault{number, info, static_cast<const ucontext_t*>(context)};
  for (const bool with_plugin : {true, false}) {
    const pid_t copy = _Fork();
    if (copy == 0) tell(fault, with_plugin);
    if (copy < 0 || wait_for(copy)) break;
  }
  signal(number, SIG_DFL);
  raise(number);  // comes when the handler returns
}

void keep_uncaught(const char* what) {
  std::strncpy(uncaught.data(), what, uncaught.size() - 1);
}

[[noreturn]] void end_by_exception() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    keep_uncaught(error.what());
  } catch (...) {
    keep_uncaught("an exception that is no std::exception was not caught");
  }
  std::abort();
}

}  // namespace

void report_crashes() {
  if constexpr (is_sanitized) return;
  reporting_process = getpid();
  // Loads what unwinding takes: later there may be no memory for it.
  std::array<void*, 1> here{};
  backtrace(here.data(), 1);
  stack_t stack{};
  stack.ss_sp = handlers_stack.data();
  stack.ss_size = handlers_stack.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
  sigfillset(&action.sa_mask);
  for (const int number : faults) sigaction(number, &action, nullptr);
  std::set_terminate(end_by_exception);
}

void RunAtStake::begin(const std::filesystem::path& directory) {
  const std::string path = directory.string();
  if (path.size() >= run_directory.size()) return;  // longer than any path that the system opens
  std::strcpy(run_directory.data(), path.c_str());
  clock_gettime(CLOCK_MONOTONIC, &run_began);
  run_step = &step_;
}

RunAtStake::~RunAtStake() {
  run_step = nullptr;
}

}  // namespace descent::program

#include "descent/base/parallel.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "descent/base/error.hpp"

namespace descent {

namespace {

std::atomic<int> wanted_threads = 1;
thread_local bool on_this_thread_only = false;

// Throws Error where the system does not give as many threads as that at a time. OpenMP would end the process.
void require_threads(int threads) {
  std::mutex mutex;
  std::condition_variable ending;
  bool end = false;
  std::vector<std::thread> others;
  const auto wait = [&] {
    std::unique_lock lock(mutex);
    ending.wait(lock, [&] { return end; });
  };
  std::string refusal;
  try {
    others.reserve(static_cast<std::size_t>(threads));
    while (static_cast<int>(others.size()) + 1 < threads) others.emplace_back(wait);
  } catch (const std::system_error& error) {
    refusal = error.code().message();
  } catch (const std::bad_alloc&) {
    refusal = std::strerror(ENOMEM);
  }
  {
    const std::lock_guard lock(mutex);
    end = true;
  }
  ending.notify_all();
  for (std::thread& other : others) other.join();
  if (!refusal.empty())
    throw Error(fmt::format(
        "'threads: {}' is more than this process may have: {} were made, and then: {} (ulimit -v and "
        "-u limit memory and threads)",
        threads, others.size() + 1, refusal));
}

}  // namespace

void set_threads(int threads) {
  DESCENT_ASSERT(threads >= 1, "work needs a thread");
  const auto limit = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_thread_limit"));
  if (limit != nullptr && limit() < threads)
    throw Error(fmt::format("'threads: {}' is more than the environment variable OMP_THREAD_LIMIT allows: {}",
                            threads, limit()));
  if (threads > 1 && threads != wanted_threads) {
    require_threads(threads);
#ifndef __SANITIZE_THREAD__
    // OpenMP makes its threads now, while there is room for them.
#pragma omp parallel num_threads(threads)
    {}
#endif
  }
  wanted_threads = threads;
}

int threads() {
  return on_this_thread_only ? 1 : wanted_threads.load(std::memory_order_relaxed);
}

OnThisThreadOnly::OnThisThreadOnly() : before_(std::exchange(on_this_thread_only, true)) {}

OnThisThreadOnly::~OnThisThreadOnly() {
  on_this_thread_only = before_;
}

namespace detail {

void run_shares(std::int64_t items, std::int64_t unit, int shares, ShareCall call, void* context) {
  const std::int64_t units = (items + unit - 1) / unit;
  std::mutex mutex;
  std::exception_ptr first_failure;
  int failed_share = shares;
  const auto run = [&](int share) {
    const std::int64_t begin = units * share / shares * unit, end = units * (share + 1) / shares * unit;
    try {
      call(context, begin, std::min(end, items));
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (share > failed_share) return;
      failed_share = share;
      first_failure = std::current_exception();
    }
  };
#ifdef __SANITIZE_THREAD__
  // It does not see the barriers between OpenMP's threads.
  struct Others {
    std::vector<std::thread> threads;
    ~Others() {
      for (std::thread& thread : threads) thread.join();
    }
  };
  {
    Others others;
    for (int share = 1; share < shares; ++share) others.threads.emplace_back(run, share);
    run(0);
  }
#else
  // OpenMP takes memory for a team of another size than the last one's.
  const int team = threads();
#pragma omp parallel for num_threads(team) schedule(static, 1)
  for (int share = 0; share < shares; ++share) run(share);
#endif
  if (first_failure) std::rethrow_exception(first_failure);
}

}  // namespace detail

}  // namespace descent

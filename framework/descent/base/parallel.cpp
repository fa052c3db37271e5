#include "descent/base/parallel.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "descent/base/error.hpp"

namespace descent {

namespace {

std::atomic<int> wanted_threads = 1;
thread_local bool on_this_thread_only = false;

}  // namespace

void set_threads(int threads) {
  DESCENT_ASSERT(threads >= 1, "work needs a thread");
  const auto limit = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_thread_limit"));
  if (limit != nullptr && limit() < threads)
    throw Error(fmt::format("'threads: {}' is more than the environment variable OMP_THREAD_LIMIT allows: {}",
                            threads, limit()));
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
  std::vector<std::thread> others;
  for (int share = 1; share < shares; ++share) others.emplace_back(run, share);
  run(0);
  for (std::thread& other : others) other.join();
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

#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "descent/base/api.hpp"

/// Work that threads share: always the same OpenMP threads, oneDNN's too, so that no two pools compete for the cores.
namespace descent {

/// Sets how many threads share work, the calling one included; 1 at first. What is shared here gives the same bits for any
/// number; oneDNN's products and convolutions may not. Throws Error where the environment or the system allows fewer.
DESCENT_API void set_threads(int threads);
/// For work on this thread.
DESCENT_API int threads();

/// A scope in which work on this thread is not shared: for threads that run alongside training, such as the prefetcher.
class DESCENT_API OnThisThreadOnly {
 public:
  OnThisThreadOnly();
  ~OnThisThreadOnly();
  OnThisThreadOnly(const OnThisThreadOnly&) = delete;
  OnThisThreadOnly& operator=(const OnThisThreadOnly&) = delete;

 private:
  bool before_;
};

namespace detail {
using ShareCall = void (*)(void* context, std::int64_t begin, std::int64_t end);
DESCENT_API void run_shares(std::int64_t items, std::int64_t unit, int shares, ShareCall call, void* context);
}  // namespace detail

/// Calls work(begin, end) for contiguous parts of [0, items), each on a thread of its own, and waits for all. An item takes
/// as long as `cost` additions of numbers in the cache: no more threads are woken than get work enough. All parts but the last
/// are multiples of `unit`. Takes nothing from the heap. The first exception, in the order of the parts, is thrown again
/// here. The result of an item must not depend on the part that it is in; then the bits do not depend on the number
/// of threads.
template <class Work>
void share_out(std::int64_t items, std::int64_t cost, std::int64_t unit, Work&& work) {
  constexpr std::int64_t worth_waking = 1 << 14;
  if (const int most = threads(); most > 1) {
    const std::int64_t worth = std::min((items + unit - 1) / unit, items * cost / worth_waking);
    if (const int shares = static_cast<int>(std::min<std::int64_t>(most, worth)); shares > 1)
      return detail::run_shares(
          items, unit, shares,
          [](void* context, std::int64_t begin, std::int64_t end) {
            (*static_cast<std::remove_reference_t<Work>*>(context))(begin, end);
          },
          const_cast<void*>(static_cast<const void*>(&work)));
  }
  if (items > 0) work(std::int64_t{0}, items);
}

}  // namespace descent

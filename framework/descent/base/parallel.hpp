#pragma once

#include <memory>
#include <type_traits>

#include "descent/base/api.hpp"

namespace descent {

/// Worker threads that share out a range of items, always in the same parts: which thread computes what never
/// depends on timing.
class DESCENT_API Workers {
 public:
  /// `threads` counts the calling thread; 1 starts none.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const;
  /// Calls `work(begin, end)` on each thread with its contiguous part of [0, items) and waits for all. Takes
  /// nothing from the heap. The first exception, in the order of the parts, is thrown again here.
  template <class Work>
  void share(long items, Work&& work) {
    run(
        items,
        [](void* context, long begin, long end) {
          (*static_cast<std::remove_reference_t<Work>*>(context))(begin, end);
        },
        &work);
  }

 private:
  using Call = void (*)(void* context, long begin, long end);
  void run(long items, Call call, void* context);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace descent

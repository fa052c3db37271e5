#pragma once

#include <cfenv>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace descent {

/// This thread's floating-point environment as it was when the object was made.
class FloatingPointState {
 public:
  FloatingPointState() : flushing_(flushing()) { std::fegetenv(&environment_); }
  void restore() const { std::fesetenv(&environment_); }
  /// Whether subnormal numbers are now treated in another way than then.
  bool flushing_changed() const { return flushing() != flushing_; }

 private:
  // Flush-to-zero and denormals-are-zero.
  static unsigned flushing() {
#if defined(__SSE__)
    return _mm_getcsr() & 0x8040u;
#else
    return 0;
#endif
  }
  unsigned flushing_;
  std::fenv_t environment_;
};

}  // namespace descent

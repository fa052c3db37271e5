#pragma once

#include <cfenv>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace descent {

/// This thread's floating-point environment as it was when the object was made: rounding mode, treatment of subnormal
/// numbers, which exceptions trap.
class FloatingPointState {
 public:
  FloatingPointState() : control_(control()) { std::fegetenv(&environment_); }
  void restore() const { std::fesetenv(&environment_); }
  /// Whether arithmetic works in another way now than then. Takes a few cycles.
  bool changed() const { return control() != control_; }
  /// Whether subnormal numbers are now treated in another way than then.
  bool flushing_changed() const { return ((control() ^ control_) & flushing_bits) != 0; }
  bool rounding_changed() const { return ((control() ^ control_) & rounding_bits) != 0; }

 private:
#if defined(__SSE__)
  static constexpr unsigned flushing_bits = 0x8040;  // flush-to-zero and denormals-are-zero
  static constexpr unsigned rounding_bits = 0x6000;
  static constexpr unsigned sticky_flags = 0x3f;  // what has happened, not what is to happen
  static unsigned control() {
    return _mm_getcsr() & ~sticky_flags;
  }
#else
  static constexpr unsigned flushing_bits = 0, rounding_bits = ~0u;
  static unsigned control() {
    return static_cast<unsigned>(std::fegetround());
  }
#endif
  unsigned control_;
  std::fenv_t environment_;
};

}  // namespace descent

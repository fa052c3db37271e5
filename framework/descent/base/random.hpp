#pragma once

#include <cstdint>
#include <string_view>

#include "descent/base/api.hpp"
#include "descent/base/scalar.hpp"

namespace descent {

/// A fixed 64-bit hash of a seed and a stream's name (FNV-1a, finished with SplitMix64).
DESCENT_API std::uint64_t stream_key(std::uint64_t seed, std::string_view name);

/// Counter-based random numbers: Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3,
/// 2011). Nothing is stored but counters: the key comes from the seed and the stream's name, the counter is
/// (index / 4, draw, evaluation, step). Each call of a drawing function is one draw; two streams with equal
/// key and counters draw equal numbers.
class DESCENT_API RandomStream {
 public:
  explicit RandomStream(std::uint64_t key, std::uint32_t step = 0, std::uint32_t evaluation = 0,
                        std::uint32_t draw = 0);

  /// `count` numbers in the open interval (0, 1), from the `first`-th of this draw on; `first` is a multiple of 4.
  void uniform(Scalar* out, long count, long first = 0);
  /// `count` standard normal numbers (Box and Muller 1958), from the `first`-th of this draw on; `first` is a
  /// multiple of 4.
  void normal(Scalar* out, long count, long first = 0);
  /// `count` whole numbers in [0, bound), bound in [1, 2^32).
  void below(std::uint32_t bound, std::int64_t* out, long count);
  /// Orders `items` at random, each order equally likely (Fisher and Yates).
  void shuffle(std::int64_t* items, long count);
  /// One number in (0, 1) as a double.
  double uniform();
  /// One standard normal number as a double.
  double normal();
  /// How many draws were made, or are to be skipped.
  std::uint32_t draws() const { return draw_; }
  /// Goes on to the next draw, as after one whose parts were drawn from copies of this stream.
  void skip_draw() { ++draw_; }

 private:
  std::uint64_t key_;
  std::uint32_t step_;
  std::uint32_t evaluation_;
  std::uint32_t draw_;
};

}  // namespace descent

#include "legacy_numpy_random.hpp"

#include <cmath>

namespace descent {

LegacyNumpyRandom::LegacyNumpyRandom(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < size; ++i)
    state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
}

void LegacyNumpyRandom::twist() {
  constexpr std::size_t shift = 397;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t joined = (state_[i] & 0x80000000u) | (state_[(i + 1) % size] & 0x7fffffffu);
    state_[i] = state_[(i + shift) % size] ^ (joined >> 1) ^ ((joined & 1) != 0 ? 0x9908b0dfu : 0u);
  }
  position_ = 0;
}

std::uint32_t LegacyNumpyRandom::word() {
  if (position_ == size) twist();
  std::uint32_t y = state_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

double LegacyNumpyRandom::uniform() {
  const double high = word() >> 5, low = word() >> 6;
  return (high * 67108864 + low) / 9007199254740992;
}

double LegacyNumpyRandom::normal() {
  if (kept_) {
    const double kept = *kept_;
    kept_.reset();
    return kept;
  }
  double x, y, squared;
  do {
    x = 2 * uniform() - 1;
    y = 2 * uniform() - 1;
    squared = x * x + y * y;
  } while (squared >= 1 || squared == 0);
  const double factor = std::sqrt(-2 * std::log(squared) / squared);
  kept_ = factor * x;
  return factor * y;
}

}  // namespace descent

#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace descent {

/// The numbers of numpy.random.RandomState(seed), bit for bit as far as the C library's log and sqrt agree:
/// for published problems and data sets that are defined by them. The generator is MT19937: Matsumoto and
/// Nishimura, Mersenne Twister, 1998, in its authors' version of 2002.
class LegacyNumpyRandom {
 public:
  explicit LegacyNumpyRandom(std::uint32_t seed);

  /// U[0, 1) with 53 random bits: numpy's `uniform()` and `random_sample()`.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// N(0, 1) by the polar method of Marsaglia and Bray, 1964, which makes two at once and keeps one for the
  /// next call: `normal()` and `randn()`.
  double normal();

 private:
  std::uint32_t word();
  void twist();

  static constexpr std::size_t size = 624;
  std::array<std::uint32_t, size> state_;
  std::size_t position_ = size;
  std::optional<double> kept_;
};

}  // namespace descent

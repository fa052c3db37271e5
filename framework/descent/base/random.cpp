#include "descent/base/random.hpp"

#include <Random123/philox.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <utility>

#include "descent/base/error.hpp"

namespace descent {

namespace {

using Generator = r123::Philox4x32;
// Whole packets only: Eigen's scalar tail gives other bits than its packets.
using Numbers = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::Aligned64>;

// Inlined, the generator's rounds of neighboring blocks overlap: four times as fast as a call for each.
[[gnu::always_inline]] inline Generator::ctr_type block(std::uint64_t key, std::uint32_t index,
                                                        std::uint32_t draw, std::uint32_t evaluation,
                                                        std::uint32_t step) {
  const Generator::key_type k = {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
  const Generator::ctr_type c = {{index, draw, evaluation, step}};
  return Generator()(c, k);
}

// The middle of one of 2^24 (float) or 2^32 (double) equal parts of (0, 1), so that neither end is ever
// drawn.
Scalar to_unit(std::uint32_t bits) {
  if constexpr (sizeof(Scalar) == 4) return (static_cast<Scalar>(bits >> 9) + Scalar(0.5)) * Scalar(0x1p-23);
  return static_cast<Scalar>((static_cast<double>(bits) + 0.5) * 0x1p-32);
}

}  // namespace

std::uint64_t stream_key(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (int byte = 0; byte < 8; ++byte) hash = (hash ^ ((seed >> (8 * byte)) & 0xff)) * 0x100000001b3u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

RandomStream::RandomStream(std::uint64_t key, std::uint32_t step, std::uint32_t evaluation,
                           std::uint32_t draw)
    : key_(key), step_(step), evaluation_(evaluation), draw_(draw) {}

void RandomStream::uniform(Scalar* out, long count, long first) {
  DESCENT_ASSERT(first % 4 == 0, "numbers come in fours");
  const auto words_at = [&](long i) {
    return block(key_, static_cast<std::uint32_t>((first + i) / 4), draw_, evaluation_, step_);
  };
  const long whole = count / 4 * 4;
  for (long i = 0; i < whole; i += 4) {
    const auto words = words_at(i);
    for (std::size_t j = 0; j < 4; ++j) out[i + static_cast<long>(j)] = to_unit(words[j]);
  }
  if (whole < count) {
    const auto words = words_at(whole);
    for (long i = whole; i < count; ++i) out[i] = to_unit(words[static_cast<std::size_t>(i - whole)]);
  }
  ++draw_;
}

void RandomStream::normal(Scalar* out, long count, long first_index) {
  DESCENT_ASSERT(first_index % 4 == 0, "numbers come in fours");
  // Chunks of 512 numbers from 256 pairs of uniform numbers.
  constexpr long pairs = 256;
  alignas(alignment_bytes) Scalar first[pairs], second[pairs], even[pairs], odd[pairs];
  for (long begin = 0; begin < count; begin += 2 * pairs) {
    const long blocks = std::min<long>(pairs / 2, (count - begin + 3) / 4);
    for (long i = 0; i < blocks; ++i) {
      const auto words =
          block(key_, static_cast<std::uint32_t>((first_index + begin) / 4 + i), draw_, evaluation_, step_);
      first[2 * i] = to_unit(words[0]);
      second[2 * i] = to_unit(words[1]);
      first[2 * i + 1] = to_unit(words[2]);
      second[2 * i + 1] = to_unit(words[3]);
    }
    const long used = padded(2 * blocks);
    std::fill(first + 2 * blocks, first + used, Scalar(0.5));
    std::fill(second + 2 * blocks, second + used, Scalar(0.5));
    Numbers radius(first, used), angle(second, used);
    radius = (Scalar(-2) * radius.log()).sqrt();
    angle *= static_cast<Scalar>(6.283185307179586);
    Numbers(even, used) = radius * angle.cos();
    Numbers(odd, used) = radius * angle.sin();
    const long wanted = std::min(2 * pairs, count - begin);
    for (long i = 0; i < wanted; ++i) out[begin + i] = i % 2 == 0 ? even[i / 2] : odd[i / 2];
  }
  ++draw_;
}

void RandomStream::below(std::uint32_t bound, std::int64_t* out, long count) {
  DESCENT_ASSERT(bound > 0, "there is no whole number below zero");
  for (long i = 0; i < count; i += 4) {
    const auto words = block(key_, static_cast<std::uint32_t>(i / 4), draw_, evaluation_, step_);
    for (long j = 0; j < std::min(4L, count - i); ++j) {
      // The bias of this multiplication is below bound / 2^32.
      out[i + j] =
          static_cast<std::int64_t>((std::uint64_t{words[static_cast<std::size_t>(j)]} * bound) >> 32);
    }
  }
  ++draw_;
}

void RandomStream::shuffle(std::int64_t* items, long count) {
  for (long i = 0; i + 1 < count; ++i) {
    const auto words = block(key_, static_cast<std::uint32_t>(i / 4), draw_, evaluation_, step_);
    const std::uint64_t word = words[static_cast<std::size_t>(i % 4)];
    const long other = i + static_cast<long>((word * static_cast<std::uint64_t>(count - i)) >> 32);
    std::swap(items[i], items[other]);
  }
  ++draw_;
}

double RandomStream::uniform() {
  const auto words = block(key_, 0, draw_, evaluation_, step_);
  ++draw_;
  return (static_cast<double>(words[0]) + 0.5) * 0x1p-32;
}

double RandomStream::normal() {
  const double u = uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * uniform());
}

}  // namespace descent

#pragma once

#ifndef DESCENT_SCALAR
#define DESCENT_SCALAR float
#endif

namespace descent {

/// The number type of every tensor: float, or double in the `double` preset. Options, schedules and norms are
/// doubles in both.
using Scalar = DESCENT_SCALAR;

/// Tensors, parameters and blocks start on this many bytes.
inline constexpr unsigned long alignment_bytes = 64;

/// Memory for scalars spans whole multiples of this many, so that vector code needs no scalar tail: Eigen's
/// packet path and its tail give different bits.
inline constexpr long padding_scalars = 16;

/// `count` rounded up to a whole multiple of padding_scalars.
constexpr long padded(long count) {
  return (count + padding_scalars - 1) / padding_scalars * padding_scalars;
}

}  // namespace descent

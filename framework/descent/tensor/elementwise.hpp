#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "descent/tensor/tensor.hpp"

/// Promises the compiler that no iteration of the next loop reads what another one writes.
#ifdef __clang__
#define DESCENT_INDEPENDENT_ITERATIONS _Pragma("clang loop vectorize(assume_safety)")
#else
#define DESCENT_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#endif

/// Element-wise kernels for the sources of ops (it brings Eigen in, so no header includes it).
namespace descent {

/// Scalars side by side, wherever they start.
using Values = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
using ConstValues = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>;

inline Values array(Tensor& tensor) {
  return {tensor.data(), tensor.size()};
}
inline ConstValues array(const Tensor& tensor) {
  return {tensor.data(), tensor.size()};
}
inline ConstValues constant_array(const Tensor& tensor) {
  return {tensor.data(), tensor.size()};
}

/// out = expression, or out += expression.
template <class Expression>
void put(Values out, bool accumulate, const Eigen::ArrayBase<Expression>& expression) {
  if (accumulate) {
    out += expression;
  } else {
    out = expression;
  }
}

/// out[i] = function(i), or out[i] += function(i): for what Eigen 3.4 does not vectorize, such as a choice by
/// sign. The function must be free of branches and of side effects.
template <class Function>
void put_each(Scalar* out, std::int64_t count, bool accumulate, Function function) {
  if (accumulate) {
    DESCENT_INDEPENDENT_ITERATIONS
    for (std::int64_t i = 0; i < count; ++i) out[i] += function(i);
  } else {
    DESCENT_INDEPENDENT_ITERATIONS
    for (std::int64_t i = 0; i < count; ++i) out[i] = function(i);
  }
}

/// log(1 + e) for e in [0, 1], with full relative accuracy.
inline Scalar log1p_of_unit(Scalar e) {
  if constexpr (sizeof(Scalar) == sizeof(double)) return static_cast<Scalar>(std::log1p(e));
  // 2·artanh(e / (2 + e)): the series' first term left out is below 2e-8 of the result.
  const Scalar s = e / (Scalar(2) + e), q = s * s;
  Scalar series = Scalar(1.0 / 13);
  series = series * q + Scalar(1.0 / 11);
  series = series * q + Scalar(1.0 / 9);
  series = series * q + Scalar(1.0 / 7);
  series = series * q + Scalar(1.0 / 5);
  series = series * q + Scalar(1.0 / 3);
  series = series * q + Scalar(1);
  return Scalar(2) * s * series;
}

/// Calls function(begin, count, temporary) for pieces of up to 512 elements, with a temporary of that size
/// that stays in L1: for what an expression would have to compute twice.
template <class Function>
void in_pieces(std::int64_t count, Function function) {
  constexpr std::int64_t most = 512;
  alignas(alignment_bytes) Scalar temporary[most];
  for (std::int64_t begin = 0; begin < count; begin += most)
    function(begin, std::min(most, count - begin), static_cast<Scalar*>(temporary));
}

/// The logistic function of an array expression. Eigen's own is off by 7e-4 of the result at -9.
template <class Expression>
auto logistic_function(const Eigen::ArrayBase<Expression>& x) {
  return (Scalar(1) + (-x.derived()).exp()).inverse();
}

}  // namespace descent

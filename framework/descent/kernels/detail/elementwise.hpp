#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "descent/kernels/array.hpp"
#include "descent/kernels/broadcast.hpp"
#include "descent/kernels/detail/shares.hpp"

/// Promises the compiler that no iteration of the next loop reads what another one writes.
#ifdef __clang__
#define DESCENT_INDEPENDENT_ITERATIONS _Pragma("clang loop vectorize(assume_safety)")
#else
#define DESCENT_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#endif

/// Building blocks of element-wise kernels, for the sources of this room.
namespace descent::kernels {

/// out = expression, or out += expression.
template <class Expression>
void put(UnalignedView out, bool accumulate, const Eigen::ArrayBase<Expression>& expression) {
  if (accumulate) {
    out += expression;
  } else {
    out = expression;
  }
}

/// out = expression(part), or out +=, of whole tensors with equally many elements, shared among threads:
/// `expression` makes an array expression, where part(tensor) is the part of a tensor that a thread is at.
template <class MakeExpression>
void put_all(Tensor& out, bool accumulate, MakeExpression expression) {
  share_elements(out.size(), [&](std::int64_t begin, std::int64_t count) {
    const auto part = [=](const Tensor& tensor) { return ConstUnalignedView(tensor.data() + begin, count); };
    put(UnalignedView(out.data() + begin, count), accumulate, expression(part));
  });
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

/// put_each(), shared among threads.
template <class Function>
void share_each(Scalar* out, std::int64_t count, bool accumulate, Function function) {
  share_elements(count, [=](std::int64_t begin, std::int64_t part) {
    put_each(out + begin, part, accumulate, [=](std::int64_t i) { return function(begin + i); });
  });
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
/// that stays in L1: for what an expression would have to compute twice. Shared among threads.
template <class Function>
void in_pieces(std::int64_t count, Function function) {
  constexpr std::int64_t most = 512;
  share_elements(count, [=](std::int64_t first, std::int64_t part) {
    alignas(alignment_bytes) Scalar temporary[most];
    for (std::int64_t begin = 0; begin < part; begin += most)
      function(first + begin, std::min(most, part - begin), static_cast<Scalar*>(temporary));
  });
}

/// The logistic function of an array expression. Eigen's own is off by 7e-4 of the result at -9.
template <class Expression>
auto logistic_function(const Eigen::ArrayBase<Expression>& x) {
  return (Scalar(1) + (-x.derived()).exp()).inverse();
}

/// out = function(full, small), or out += it, element by element, where `small` repeats in the shape that
/// `full` and `out` share. The function takes and gives Eigen array expressions. `out` may be `full`.
template <class Function>
void combine(const Tensor& full, const Tensor& small, Tensor& out, bool accumulate, Function function) {
  if (full.size() == small.size())
    return put_all(out, accumulate, [&](auto part) { return function(part(full), part(small)); });
  const BroadcastPlan plan = *broadcast_plan(small.shape(), full.shape());
  if (plan.inner == 1)
    return share_rows(plan.outer, plan.middle, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin * plan.middle; at < end * plan.middle; at += plan.middle)
        put(UnalignedView(out.data() + at, plan.middle), accumulate,
            function(ConstUnalignedView(full.data() + at, plan.middle), constant_array(small)));
    });
  share_rows(plan.outer * plan.middle, plan.inner, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      put(UnalignedView(out.data() + row * plan.inner, plan.inner), accumulate,
          function(ConstUnalignedView(full.data() + row * plan.inner, plan.inner),
                   ConstUnalignedView::Constant(plan.inner, small.data()[row % plan.middle])));
  });
}

}  // namespace descent::kernels

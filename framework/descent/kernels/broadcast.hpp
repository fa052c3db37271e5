#pragma once

#include <cstdint>
#include <optional>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// How a smaller array repeats in a larger one of (outer, middle, inner) elements: its element m stands at
/// each (o, m, i). A row against a matrix repeats along `outer`, a column along `inner`.
struct BroadcastPlan {
  std::int64_t outer = 1;
  std::int64_t middle = 1;
  std::int64_t inner = 1;

  std::int64_t size() const { return outer * middle * inner; }
  /// The same with a single number repeated along `inner` only, where kernels are fastest.
  BroadcastPlan simplified() const { return middle == 1 ? BroadcastPlan{1, 1, outer * inner} : *this; }
};

/// How `small` repeats in `large` under numpy's rules; nothing when it does not, or when the dimensions it
/// does not repeat in are not next to each other.
DESCENT_API std::optional<BroadcastPlan> broadcast_plan(const Shape& small, const Shape& large);

}  // namespace descent

namespace descent::kernels {

/// large (outer·middle·inner elements), small (middle elements), neither of which may lie in the other.
/// small[m] = sum of large[o, m, i] over o and i, or += that sum. In a fixed order: partial sums of
/// 32 numbers, which are added in double.
DESCENT_API void sum_broadcast(const Tensor& large, const BroadcastPlan& plan, Tensor& small,
                               bool accumulate);

/// large[o, m, i] = small[m], or += it; shapes as in sum_broadcast().
DESCENT_API void broadcast(const Tensor& small, const BroadcastPlan& plan, Tensor& large, bool accumulate);

}  // namespace descent::kernels

#pragma once

#include <cstdint>
#include <optional>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// How a smaller array repeats in a larger one of (outer, middle, inner) elements: its element m stands at
/// each (o, m, i). A row against a matrix repeats along `outer`, a column along `inner`.
struct Repetition {
  std::int64_t outer = 1;
  std::int64_t middle = 1;
  std::int64_t inner = 1;

  std::int64_t size() const { return outer * middle * inner; }
  /// The same with a single number repeated along `inner` only, where kernels are fastest.
  Repetition simplified() const { return middle == 1 ? Repetition{1, 1, outer * inner} : *this; }
};

/// How `small` repeats in `large` under numpy's rules; nothing when it does not, or when the dimensions it
/// does not repeat in are not next to each other.
DESCENT_API std::optional<Repetition> repetition(const Shape& small, const Shape& large);

/// small[m] = sum of large[o, m, i] over o and i, or += that sum. Fixed order, partial sums.
DESCENT_API void sum_repeated(const Tensor& large, const Repetition& repeats, Tensor& small, bool accumulate);

/// large[o, m, i] = small[m], or += it.
DESCENT_API void repeat(const Tensor& small, const Repetition& repeats, Tensor& large, bool accumulate);

}  // namespace descent

#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/base/random.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent::kernels {

/// out = numbers from N(0, 1); one draw of the stream.
DESCENT_API void fill_normal(RandomStream& stream, Tensor& out);
/// out = numbers from U(0, 1); one draw of the stream.
DESCENT_API void fill_uniform(RandomStream& stream, Tensor& out);
/// out = 0 where a number from U(0, 1) is below `rate`, else 1/(1 − rate): what dropout multiplies with. The
/// rate lies in [0, 1). Srivastava et al., Dropout, 2014.
DESCENT_API void fill_dropout_mask(RandomStream& stream, double rate, Tensor& out);

/// Whole numbers from `low` to `high`.
struct WholeRange {
  std::int64_t low;
  std::int64_t high;
};
/// out (batch, 2) = whole numbers, each equally likely, of `rows` in the first column and of `columns` in the second;
/// one draw of the stream. A range has at most 2^20 numbers.
DESCENT_API void fill_offsets(RandomStream& stream, const WholeRange& rows, const WholeRange& columns,
                              Tensor& out);

}  // namespace descent::kernels

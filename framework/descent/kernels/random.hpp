#pragma once

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

}  // namespace descent::kernels

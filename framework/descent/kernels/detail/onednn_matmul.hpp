#pragma once

#include "descent/kernels/gemm.hpp"

#ifdef DESCENT_SCALAR_IS_float

namespace descent::kernels::onednn {

/// gemm() with inputs rounded to bfloat16 and sums in float. Shapes fit and nothing is empty.
void bfloat16_gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, Tensor& out,
                   bool accumulate);

}  // namespace descent::kernels::onednn

#endif

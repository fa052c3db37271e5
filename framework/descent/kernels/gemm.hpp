#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

enum class Transpose : bool { no, yes };

/// out = a·b (+ out when `accumulate`), where a is (m, k) or, transposed, (k, m), and b is (k, n) or (n, k);
/// out is (m, n). Tensors of more than two dimensions count as matrices of rows() by columns(). oneDNN's
/// sgemm in float, Eigen's product in double.
DESCENT_API void gemm(const Tensor& a, Transpose transpose_a, const Tensor& b, Transpose transpose_b,
                      Tensor& out, bool accumulate = false);

/// oneDNN's primitives that were made in this process so far: convolutions and bfloat16 products, each once for its
/// shapes, and the code of all other products, once.
struct PreparedPrimitives {
  std::int64_t count = 0;
  double seconds = 0;
};
DESCENT_API PreparedPrimitives prepared_primitives();

/// oneDNN's version and the instruction set it runs with (`2.6.3, avx512_core_bf16`), or Eigen's in double.
DESCENT_API const char* gemm_library();

/// The same for each of a batch of matrices: a (batch, m, k), b (batch, k, n), out (batch, m, n), a and b with the
/// two last extents turned round where they are transposed.
DESCENT_API void batched_gemm(const Tensor& a, Transpose transpose_a, const Tensor& b, Transpose transpose_b,
                              Tensor& out, bool accumulate = false);

}  // namespace descent

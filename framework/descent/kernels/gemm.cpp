#include "descent/kernels/gemm.hpp"

#include <fmt/format.h>

#include <string>

#include "descent/base/error.hpp"
#include "descent/kernels/precision.hpp"

#ifdef DESCENT_SCALAR_IS_float
#include "descent/kernels/detail/onednn.hpp"
#include "descent/kernels/detail/onednn_matmul.hpp"
#else
#include <Eigen/Core>
#endif

namespace descent {

#ifdef DESCENT_SCALAR_IS_float

static void multiply(const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& out, bool accumulate,
                     dnnl_dim_t m, dnnl_dim_t n, dnnl_dim_t k) {
  if (product_inputs() == ProductInputs::bfloat16)
    return kernels::onednn::bfloat16_gemm(a, ta, b, tb, out, accumulate);
  kernels::onednn::use_threads_here();
  kernels::onednn::generate_products();
  kernels::onednn::check(dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1.0f, a.data(), a.columns(),
                                    b.data(), b.columns(), accumulate ? 1.0f : 0.0f, out.data(), n),
                         "sgemm");
}

PreparedPrimitives prepared_primitives() {
  return kernels::onednn::prepared();
}

static const char* instruction_set() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return "generic";
  }
}

const char* gemm_library() {
  static const std::string name = [] {
    const dnnl_version_t* version = dnnl_version();
    return fmt::format("oneDNN {}.{}.{}, {}", version->major, version->minor, version->patch,
                       instruction_set());
  }();
  return name.c_str();
}

#else

static void multiply(const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& out, bool accumulate, long m,
                     long n, long) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> left(a.data(), a.rows(), a.columns());
  const Eigen::Map<const Matrix> right(b.data(), b.rows(), b.columns());
  Eigen::Map<Matrix> result(out.data(), m, n);
  if (!accumulate) result.setZero();
  if (ta && tb) result.noalias() += left.transpose() * right.transpose();
  if (ta && !tb) result.noalias() += left.transpose() * right;
  if (!ta && tb) result.noalias() += left * right.transpose();
  if (!ta && !tb) result.noalias() += left * right;
}

PreparedPrimitives prepared_primitives() {
  return {};
}

const char* gemm_library() {
  static const std::string name =
      fmt::format("Eigen {}.{}.{} in double", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  return name.c_str();
}

#endif

void gemm(const Tensor& a, Transpose transpose_a, const Tensor& b, Transpose transpose_b, Tensor& out,
          bool accumulate) {
  const bool ta = transpose_a == Transpose::yes, tb = transpose_b == Transpose::yes;
  const auto m = ta ? a.columns() : a.rows(), k = ta ? a.rows() : a.columns();
  const auto n = tb ? b.rows() : b.columns(), k_of_b = tb ? b.columns() : b.rows();
  DESCENT_ASSERT(k == k_of_b, "the inner extents of a product must agree");
  DESCENT_ASSERT(out.size() == m * n, "a product is as large as its outer extents say");
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!accumulate) out.fill(0);
    return;
  }
  Tensor left = a, right = b;
  if (product_inputs() == ProductInputs::emulated_bfloat16) {
    left = Tensor::empty(a.shape());
    right = Tensor::empty(b.shape());
    kernels::round_to_bfloat16(a, left);
    kernels::round_to_bfloat16(b, right);
  }
  multiply(left, ta, right, tb, out, accumulate, m, n, k);
}

void batched_gemm(const Tensor& a, Transpose transpose_a, const Tensor& b, Transpose transpose_b, Tensor& out,
                  bool accumulate) {
  DESCENT_ASSERT(a.shape().rank() == 3 && b.shape().rank() == 3 && out.shape().rank() == 3 &&
                     a.rows() == b.rows() && a.rows() == out.rows(),
                 "batches of matrices have three dimensions, and equally many matrices");
  const auto matrix = [](const Tensor& batch, std::int64_t i) {
    return batch.part(i * batch.columns(), batch.shape().row());
  };
  for (std::int64_t i = 0; i < out.rows(); ++i) {
    Tensor result = matrix(out, i);
    gemm(matrix(a, i), transpose_a, matrix(b, i), transpose_b, result, accumulate);
  }
}

}  // namespace descent

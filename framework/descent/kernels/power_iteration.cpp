#include "descent/kernels/power_iteration.hpp"

#include <cmath>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"
#include "descent/kernels/gemm.hpp"
#include "descent/kernels/vectorized.hpp"

namespace descent::kernels {

namespace {

double norm_of(const Tensor& x) {
  return std::sqrt(sum_of_squares(x.data(), x.size()));
}

}  // namespace

void normalize(Tensor& x) {
  const double norm = norm_of(x);
  if (norm > 0) array(x) *= static_cast<Scalar>(1 / norm);
}

void power_iteration(const Tensor& matrix, const Tensor& u, Tensor& v, Tensor& next) {
  DESCENT_ASSERT(matrix.shape().rank() == 2 && v.size() == matrix.rows() && u.size() == matrix.columns() &&
                     next.size() == u.size(),
                 "sizes must fit the matrix");
  Tensor v_column = v.reshaped({v.size(), 1}), next_column = next.reshaped({next.size(), 1});
  gemm(matrix, Transpose::no, u.reshaped({u.size(), 1}), Transpose::no, v_column);
  normalize(v);
  gemm(matrix, Transpose::yes, v_column, Transpose::no, next_column);
  if (norm_of(next) == 0) next.copy_from(u);
  normalize(next);
}

}  // namespace descent::kernels

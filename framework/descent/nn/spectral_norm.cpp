#include "descent/nn/spectral_norm.hpp"

#include "descent/base/error.hpp"
#include "descent/kernels/power_iteration.hpp"
#include "descent/kernels/random.hpp"

namespace descent {

namespace {

void start_at_random(Tensor& u, const Fan&, RandomStream& random) {
  kernels::fill_normal(random, u);
  kernels::normalize(u);
}

// σ of a pass that moves u: one power iteration.
Variable iterate(const Variable& matrix, Buffer& u, const Pass& pass) {
  Tensor v = Tensor::empty({1, matrix.shape()[0]}), next = Tensor::empty(u.value().shape());
  kernels::power_iteration(matrix.value(), u.latest(), v, next);
  u.stage(next, pass);
  return sum(matmul(v, matrix) * next);
}

}  // namespace

SpectralNorm::SpectralNorm(const Parameter& weight, std::string_view name, Scope& scope) {
  const auto matrix = weight.as_matrix();
  DESCENT_ASSERT(matrix.has_value(), "the spectral norm is of matrices and kernels");
  u_ = &scope.state(name, Shape{(*matrix)[1]}, start_at_random);
}

Variable SpectralNorm::operator()(const Parameter& weight, Pass& pass) const {
  if (u_ == nullptr) return weight.variable;
  const Variable matrix = reshape(weight.variable, *weight.as_matrix());
  if (pass.training() && pass.stages_buffers()) return weight.variable / iterate(matrix, *u_, pass);
  // A copy: a later forward of this evaluation may stage over it before the gradients are taken.
  const Tensor u = (pass.training() ? u_->latest() : u_->value()).clone();
  return weight.variable / sqrt(sum(square(matmul(matrix, u.reshaped({u.size(), 1})))));
}

}  // namespace descent

#include "descent/nn/dropout.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/kernels/random.hpp"

namespace descent {

Variable dropout(const Variable& x, double rate, Pass& pass) {
  if (!(rate >= 0 && rate < 1))
    throw Error(fmt::format("op 'dropout': the rate must lie in [0, 1), but is {}", rate));
  if (!pass.training() || rate == 0) return x;
  Tensor mask = Tensor::empty(x.shape());
  RandomStream stream = pass.random("dropout");
  kernels::fill_dropout_mask(stream, rate, mask);
  return x * mask;
}

}  // namespace descent

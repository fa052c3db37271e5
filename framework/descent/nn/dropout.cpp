#include "descent/nn/dropout.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/tensor/elementwise.hpp"

namespace descent {

Variable dropout(const Variable& x, double rate, Pass& pass) {
  if (!(rate >= 0 && rate < 1))
    throw Error(fmt::format("op 'dropout': the rate must lie in [0, 1), but is {}", rate));
  if (!pass.training() || rate == 0) return x;
  Tensor mask = Tensor::empty(x.shape());
  pass.random("dropout").uniform(mask.data(), mask.size());
  Scalar* numbers = mask.data();
  const auto dropped = static_cast<Scalar>(rate), kept = static_cast<Scalar>(1 / (1 - rate));
  put_each(numbers, mask.size(), false,
           [=](std::int64_t i) { return numbers[i] < dropped ? Scalar(0) : kept; });
  return x * mask;
}

}  // namespace descent

#include <fmt/format.h>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/functions.hpp"
#include "descent/kernels/indices.hpp"
#include "descent/kernels/rows.hpp"

namespace descent {

Variable positive(const Variable& x) {
  Tensor out = Tensor::empty(x.shape());
  kernels::positive(x.value(), out);
  return Variable(std::move(out));
}

Variable one_hot(const Tensor& index, std::int64_t classes) {
  if (const auto invalid = kernels::find_invalid_index(index, classes))
    throw Error(fmt::format("one_hot: {} is no class; there are {}, from 0",
                            static_cast<Scalar>(index.part(*invalid, {}).item()), classes));
  Tensor out = Tensor::empty({index.size(), classes});
  kernels::one_hot(index, out);
  return Variable(std::move(out));
}

Variable argmax(const Variable& x) {
  if (x.shape().rank() != 2 || x.shape()[1] == 0)
    throw Error(fmt::format("op 'argmax': it needs (batch, classes), but got {}", x.shape().text()));
  Tensor out = Tensor::empty({x.shape()[0]});
  kernels::argmax(x.value(), out);
  return Variable(std::move(out));
}

}  // namespace descent

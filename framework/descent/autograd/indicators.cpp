#include <fmt/format.h>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/tensor/elementwise.hpp"

namespace descent {

Variable positive(const Variable& x) {
  Tensor out = Tensor::empty(x.shape());
  const Scalar* in = x.value().data();
  put_each(out.data(), out.size(), false, [=](std::int64_t i) { return static_cast<Scalar>(in[i] > 0); });
  return Variable(std::move(out));
}

Variable one_hot(const Tensor& index, std::int64_t classes) {
  Tensor out = Tensor::zeros({index.size(), classes});
  for (std::int64_t i = 0; i < index.size(); ++i) {
    const auto label = static_cast<std::int64_t>(index.data()[i]);
    if (label < 0 || label >= classes || static_cast<Scalar>(label) != index.data()[i])
      throw Error(fmt::format("one_hot: {} is no class; there are {}, from 0", index.data()[i], classes));
    out.data()[i * classes + label] = 1;
  }
  return Variable(std::move(out));
}

}  // namespace descent

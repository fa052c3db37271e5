#include "descent/kernels/random.hpp"

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

void fill_normal(RandomStream& stream, Tensor& out) {
  stream.normal(out.data(), out.size());
}

void fill_uniform(RandomStream& stream, Tensor& out) {
  stream.uniform(out.data(), out.size());
}

void fill_dropout_mask(RandomStream& stream, double rate, Tensor& out) {
  fill_uniform(stream, out);
  Scalar* numbers = out.data();
  const auto dropped = static_cast<Scalar>(rate), kept = static_cast<Scalar>(1 / (1 - rate));
  put_each(numbers, out.size(), false,
           [=](std::int64_t i) { return numbers[i] < dropped ? Scalar(0) : kept; });
}

}  // namespace descent::kernels

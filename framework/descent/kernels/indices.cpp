#include "descent/kernels/indices.hpp"

#include <cmath>

namespace descent::kernels {

std::optional<std::int64_t> find_invalid_index(const Tensor& index, std::int64_t classes) {
  for (std::int64_t i = 0; i < index.size(); ++i) {
    const auto wanted = static_cast<double>(index.data()[i]);
    if (!(wanted >= 0 && wanted < static_cast<double>(classes)) || wanted != std::floor(wanted)) return i;
  }
  return std::nullopt;
}

void pick(const Tensor& x, const Tensor& index, Tensor& out) {
  const std::int64_t classes = x.columns();
  for (std::int64_t row = 0; row < out.size(); ++row)
    out.data()[row] = x.data()[row * classes + static_cast<std::int64_t>(index.data()[row])];
}

void place(const Tensor& x, const Tensor& index, Tensor& out) {
  out.fill(0);
  for (std::int64_t row = 0; row < out.rows(); ++row)
    out.data()[row * out.columns() + static_cast<std::int64_t>(index.data()[row])] = x.data()[row];
}

void one_hot(const Tensor& index, Tensor& out) {
  out.fill(0);
  for (std::int64_t row = 0; row < out.rows(); ++row)
    out.data()[row * out.columns() + static_cast<std::int64_t>(index.data()[row])] = 1;
}

}  // namespace descent::kernels

#include "descent/kernels/indices.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

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

void take_rows(const Tensor& x, const Tensor& index, Tensor& out) {
  const std::int64_t width = out.columns();
  for (std::int64_t row = 0; row < index.size(); ++row)
    std::copy_n(x.data() + static_cast<std::int64_t>(index.data()[row]) * width, width,
                out.data() + row * width);
}

void add_to_rows(const Tensor& x, const Tensor& index, Tensor& out) {
  const std::int64_t width = out.columns();
  for (std::int64_t row = 0; row < index.size(); ++row)
    UnalignedView(out.data() + static_cast<std::int64_t>(index.data()[row]) * width, width) +=
        ConstUnalignedView(x.data() + row * width, width);
}

namespace {

// Calls use(i, j) for the element i of the smaller tensor (…, k), and the one of the larger tensor (…, n) that its
// index points at.
template <class Use>
void each_place(const Tensor& index, std::int64_t larger_size, Use use) {
  const std::int64_t k = index.shape()[index.shape().rank() - 1];
  const std::int64_t rows = index.size() / std::max<std::int64_t>(k, 1);
  const std::int64_t n = larger_size / std::max<std::int64_t>(rows, 1);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t i = row * k; i < (row + 1) * k; ++i)
      use(i, row * n + static_cast<std::int64_t>(index.data()[i]));
}

}  // namespace

void take_last(const Tensor& x, const Tensor& index, Tensor& out) {
  each_place(index, x.size(), [&](std::int64_t i, std::int64_t j) { out.data()[i] = x.data()[j]; });
}

void add_to_last(const Tensor& x, const Tensor& index, Tensor& out) {
  each_place(index, out.size(), [&](std::int64_t i, std::int64_t j) { out.data()[j] += x.data()[i]; });
}

void top_k(const Tensor& x, Tensor& index) {
  const std::int64_t n = x.shape()[x.shape().rank() - 1], k = index.shape()[index.shape().rank() - 1];
  DESCENT_ASSERT(1 <= k && k <= n && index.size() * n == x.size() * k,
                 "k of n numbers are chosen in each row");
  DESCENT_ASSERT(n <= std::int64_t{1} << 24, "places are numbers of type float, which are exact up to 2^24");
  Tensor order = Tensor::empty({n});
  Scalar* places = order.data();
  for (std::int64_t row = 0; row < x.size() / n; ++row) {
    const Scalar* numbers = x.data() + row * n;
    const auto number = [=](Scalar place) { return numbers[static_cast<std::int64_t>(place)]; };
    const auto comes_before = [=](Scalar a, Scalar b) {
      const bool a_is_nan = std::isnan(number(a)), b_is_nan = std::isnan(number(b));
      if (a_is_nan != b_is_nan) return a_is_nan;
      if (!a_is_nan && number(a) != number(b)) return number(a) > number(b);
      return a < b;
    };
    std::iota(places, places + n, Scalar(0));
    std::partial_sort(places, places + k, places + n, comes_before);
    std::copy_n(places, k, index.data() + row * k);
  }
}

}  // namespace descent::kernels

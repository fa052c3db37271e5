#include "sliced_distance.hpp"

#include <algorithm>
#include <cmath>

#include "descent/kernels/gemm.hpp"
#include "distances.hpp"

namespace descent {

namespace {

// The numbers of row `row` of (rows, n), in ascending order.
std::vector<Scalar> sorted_row(const Tensor& x, std::int64_t row) {
  std::vector<Scalar> numbers(x.data() + row * x.columns(), x.data() + (row + 1) * x.columns());
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// ∫ |F⁻¹(u) − G⁻¹(u)|^p du for p = 1 and 2: both quantile functions are steps, which end at multiples of 1/n and 1/m.
std::pair<double, double> quantile_distances(const std::vector<Scalar>& x, const std::vector<Scalar>& y) {
  const std::size_t n = x.size(), m = y.size();
  double first = 0, second = 0;
  std::size_t i = 0, j = 0, at = 0;  // u = at/(n·m)
  while (i < n && j < m) {
    const std::size_t next = std::min((i + 1) * m, (j + 1) * n);
    const double width = static_cast<double>(next - at);
    const double difference = std::abs(static_cast<double>(x[i]) - static_cast<double>(y[j]));
    first += width * difference;
    second += width * difference * difference;
    if (next == (i + 1) * m) ++i;
    if (next == (j + 1) * n) ++j;
    at = next;
  }
  const double whole = static_cast<double>(n) * static_cast<double>(m);
  return {first / whole, second / whole};
}

}  // namespace

SlicedDistances sliced_distances(const Tensor& x, const Tensor& y, const Tensor& directions) {
  // Projections of (x − mean of y) and (y − mean of y) differ by as much, and lose fewer digits.
  const std::vector<double> origin = mean_of_rows(y);
  const Tensor a = CenteredRows(x, origin).centered, b = CenteredRows(y, origin).centered;
  Tensor of_x = Tensor::empty({directions.rows(), x.rows()}),
         of_y = Tensor::empty({directions.rows(), y.rows()});
  const ExactProducts exact;
  gemm(directions, Transpose::no, a, Transpose::yes, of_x);
  gemm(directions, Transpose::no, b, Transpose::yes, of_y);
  SlicedDistances distances;
  for (std::int64_t row = 0; row < directions.rows(); ++row) {
    const auto [first, second] = quantile_distances(sorted_row(of_x, row), sorted_row(of_y, row));
    distances.first.push_back(first);
    distances.second.push_back(second);
  }
  return distances;
}

}  // namespace descent

#include "mean_discrepancy.hpp"

#include "distances.hpp"

namespace descent {

namespace {

// Over all pairs; `others`: of two different rows.
double sum_over_pairs(const CenteredRows& a, const CenteredRows& b, bool others, const PairKernel& kernel) {
  double total = 0;
  RowOfNumbers values;
  each_tile(a.centered, b.centered, [&](const Tile& tile) {
    const Eigen::Map<const RowOfNumbers> squares(b.squares.data() + tile.column, tile.columns);
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      values = Eigen::Map<const RowOfNumbers>(tile.products + row * tile.columns, tile.columns);
      const Scalar own = a.squares[static_cast<std::size_t>(tile.row + row)];
      if (kernel.of_distances) values = (squares + own - 2 * values).max(Scalar(0));
      kernel.apply(values);
      const std::int64_t itself = tile.row + row - tile.column;
      if (others && itself >= 0 && itself < tile.columns) values[itself] = 0;
      total += values.cast<double>().sum();
    }
  });
  return total;
}

}  // namespace

double unbiased_discrepancy(const Tensor& x, const Tensor& y, const PairKernel& kernel) {
  // Distances are the same around any origin, products are not.
  const std::vector<double> origin =
      kernel.of_distances ? mean_of_rows(y) : std::vector<double>(static_cast<std::size_t>(y.columns()));
  const CenteredRows a(x, origin), b(y, origin);
  const auto n = static_cast<double>(x.rows()), m = static_cast<double>(y.rows());
  return sum_over_pairs(a, a, true, kernel) / (n * (n - 1)) +
         sum_over_pairs(b, b, true, kernel) / (m * (m - 1)) -
         2 * sum_over_pairs(a, b, false, kernel) / (n * m);
}

}  // namespace descent

#include "mean_discrepancy.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "distances.hpp"

namespace descent {

namespace {

// From `sum(a, b, others)`, the sum of the kernel over all pairs; `others`: over pairs of two different rows.
template <class Sum>
double discrepancy(const Tensor& x, const Tensor& y, const Sum& sum) {
  const auto n = static_cast<double>(x.rows()), m = static_cast<double>(y.rows());
  return sum(x, x, true) / (n * (n - 1)) + sum(y, y, true) / (m * (m - 1)) - 2 * sum(x, y, false) / (n * m);
}

// x·y/d -> (x·y/d + 1)^degree, in place.
template <class Products>
void raise(Products& x, std::int64_t degree) {
  const Products base = x + 1;
  x = base;
  for (std::int64_t i = 1; i < degree; ++i) x *= base;
}

double sum_of_powers(const Tensor& a, const Tensor& b, bool others, std::int64_t degree) {
  double total = 0;
  Eigen::Array<Scalar, Eigen::Dynamic, 1> values;
  each_tile(a, b, [&](const Tile& tile) {
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      values = Eigen::Map<const decltype(values)>(tile.products + row * tile.columns, tile.columns) /
               static_cast<Scalar>(a.columns());
      raise(values, degree);
      const std::int64_t itself = tile.row + row - tile.column;
      if (others && itself >= 0 && itself < tile.columns) values[itself] = 0;
      total += values.template cast<double>().sum();
    }
  });
  return total;
}

double sum_of_powers_in_double(const Tensor& a, const Tensor& b, bool others, std::int64_t degree) {
  using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  constexpr std::int64_t block = 256;
  double total = 0;
  Eigen::ArrayXXd values;
  const auto rows_of = [&](const Tensor& x, std::int64_t begin) {
    const std::int64_t count = std::min(block, x.rows() - begin);
    return Eigen::MatrixXd(
        Eigen::Map<const Rows>(x.data() + begin * x.columns(), count, x.columns()).cast<double>());
  };
  for (std::int64_t row = 0; row < a.rows(); row += block) {
    const Eigen::MatrixXd left = rows_of(a, row);
    for (std::int64_t column = 0; column < b.rows(); column += block) {
      values = (left * rows_of(b, column).transpose()).array() / static_cast<double>(a.columns());
      raise(values, degree);
      if (others && row == column) values.matrix().diagonal().setZero();
      total += values.sum();
    }
  }
  return total;
}

double largest_square(const Tensor& x) {
  double largest = 0;
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    double square = 0;
    for (const Scalar number : x.row_range(row, row + 1).values())
      square += static_cast<double>(number) * number;
    largest = std::max(largest, square);
  }
  return largest;
}

}  // namespace

double unbiased_discrepancy(const Tensor& x, const Tensor& y, const PolynomialKernel& kernel) {
  // Means of large values differ by little: beyond this one, their difference is lost in the roundings of float.
  constexpr double most = 1e6;
  const double square = std::max(largest_square(x), largest_square(y));
  const double largest =
      std::pow(square / static_cast<double>(x.columns()) + 1, static_cast<double>(kernel.degree));
  const auto sum = largest > most ? sum_of_powers_in_double : sum_of_powers;
  return discrepancy(
      x, y, [&](const Tensor& a, const Tensor& b, bool others) { return sum(a, b, others, kernel.degree); });
}

double unbiased_discrepancy(const Tensor& x, const Tensor& y, const RbfKernel& kernel) {
  // How far an exponent may be off, and the largest one that counts.
  constexpr double tolerance = 2e-5, range = 25;
  return discrepancy(x, y, [&](const Tensor& from, const Tensor& to, bool others) {
    const std::vector<double> origin = median_of_rows(to);
    const CenteredRows a(from, origin), b(to, origin);
    TileDistances distances(a, b);
    TileDistances::Squares values;
    double total = 0;
    each_tile(a.centered, b.centered, [&](const Tile& tile) {
      for (std::int64_t row = 0; row < tile.rows; ++row) {
        distances.set(tile, row);
        const std::int64_t itself = tile.row + row - tile.column;
        if (others && itself >= 0 && itself < tile.columns) distances.leave_out(itself);
        for (const double s : kernel.bandwidths) distances.refine(range * 2 * s * s, tolerance * 2 * s * s);
        for (const double s : kernel.bandwidths) {
          const double factor = -0.5 / (s * s);
          values = (distances.by_products() * static_cast<Scalar>(factor)).exp();
          total += values.cast<double>().sum();
          for (const double square : distances.in_double()) total += std::exp(square * factor);
        }
      }
    });
    return total;
  });
}

}  // namespace descent

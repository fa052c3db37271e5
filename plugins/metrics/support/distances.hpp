#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "descent/kernels/precision.hpp"
#include "descent/tensor/tensor.hpp"

/// Distances between all rows of two matrices, by blocks of matrix products: the n·m distances are never in memory at once.
namespace descent {

/// While one lives, matrix products are exact ones, whatever the experiment's `precision`.
class ExactProducts {
 public:
  ExactProducts() { set_product_inputs(ProductInputs::exact); }
  ~ExactProducts() { set_product_inputs(before_); }
  ExactProducts(const ExactProducts&) = delete;
  ExactProducts& operator=(const ExactProducts&) = delete;

 private:
  ProductInputs before_ = product_inputs();
};

/// A block of the products of all rows of a (n, d) with all rows of b (m, d).
struct Tile {
  std::int64_t row, column;    ///< of its first element, among all n·m
  std::int64_t rows, columns;  ///< its extents
  const Scalar* products;      ///< (rows, columns)
};
/// Calls `look` with tile after tile of a·bᵀ.
void each_tile(const Tensor& a, const Tensor& b, const std::function<void(const Tile&)>& look);

/// The mean of the rows of x (n, d), in double.
std::vector<double> mean_of_rows(const Tensor& x);

/// The median of each coordinate over up to 100 rows of x (n, d), evenly spaced. Unlike the mean, a few far rows do not move it.
std::vector<double> median_of_rows(const Tensor& x);

/// What a squared distance |a|² + |b|² − 2·a·b by products is off by at most, as a share of |a|² + |b|²: (d + 16) roundings, those of
/// the product in any order (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1) and those of centering and
/// adding.
double error_share(std::int64_t size);

/// Rows, minus an origin: near it, squared distances by products lose the least.
struct CenteredRows {
  CenteredRows(const Tensor& rows, const std::vector<double>& origin);
  Tensor original, centered;    ///< (n, d)
  std::vector<Scalar> squares;  ///< of the lengths of the centered rows
};

/// The squared distances from each row of `from` (n, d) to its k nearest rows of `to` (m, d), (n, k), in ascending order; `same`:
/// `to` is `from`, and a row is not its own neighbor. Selected by products and computed again in double where it matters: the
/// result is that of a loop over all pairs in double. There are at least k others.
std::vector<double> nearest_distances(const Tensor& from, const Tensor& to, std::int64_t k, bool same);

/// The squared distances from one row of a to those rows of b that a tile covers: by products, and in double where the products'
/// rounding errors would matter. Made once, and set to row after row.
class TileDistances {
 public:
  using Squares = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  /// `a` and `b` outlive it, and have the same origin.
  TileDistances(const CenteredRows& a, const CenteredRows& b);
  /// To those from row `row` of the tile, all by products.
  void set(const Tile& tile, std::int64_t row);
  /// Leaves out the distance to the tile's row `column`.
  void leave_out(std::int64_t column);
  /// Whether any squared distance may be off by more than this.
  bool may_be_off_by(double tolerance) const;
  /// The nearest row is at most this far, squared.
  double nearest_at_most() const;
  /// Computes in double, from the differences, those squared distances that may be at most `reach` and off by more than
  /// `tolerance`.
  void refine(double reach, double tolerance);
  /// By products, not below 0; infinite where they were computed in double or left out: (columns of the tile).
  const Squares& by_products() const { return squares_; }
  /// Those that were computed in double.
  const std::vector<double>& in_double() const { return in_double_; }

 private:
  const CenteredRows &a_, &b_;
  double share_, largest_ = 0;  // of the squares of b
  std::int64_t row_ = 0, column_ = 0;
  Squares squares_;
  std::vector<double> in_double_;
};

/// Two rows that may be near each other.
class Pair {
 public:
  Pair(const Scalar* a, const Scalar* b, std::int64_t size, double low, double high)
      : a_(a), b_(b), size_(size), low_(low), high_(high) {}
  /// Whether the squared distance is at most this; computed in double where the product does not tell.
  bool within(double squared) const { return high_ <= squared || (low_ <= squared && exact() <= squared); }

 private:
  double exact() const;
  const Scalar *a_, *b_;
  std::int64_t size_;
  double low_, high_;
};

/// Calls `look(i, j, pair)` for all rows i of a (n, d) and j of b (m, d) whose squared distance may be at most
/// max(reach_a[i], reach_b[j]).
void each_near_pair(const Tensor& a, const std::vector<double>& reach_a, const Tensor& b,
                    const std::vector<double>& reach_b,
                    const std::function<void(std::int64_t, std::int64_t, const Pair&)>& look);

}  // namespace descent

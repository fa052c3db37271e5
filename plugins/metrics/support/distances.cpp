#include "distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/base/error.hpp"
#include "descent/kernels/gemm.hpp"

namespace descent {

namespace {

// A tile of floats takes 512 KiB, which stay in a core's cache while they are looked at.
constexpr std::int64_t tile_rows = 128, tile_columns = 1024;
// So many numbers are looked at together before one of them is looked at alone.
constexpr std::int64_t chunk = 64;

double squared_distance(const Scalar* a, const Scalar* b, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

// A rounding, as a share of the number.
constexpr double unit = static_cast<double>(std::numeric_limits<Scalar>::epsilon()) / 2;

// As error_share(), of all but few pairs: roundings partly cancel, the more as products are summed in 16 parts side by side.
double usual_error_share(std::int64_t size) {
  return (3 + std::sqrt(static_cast<double>(size)) / 16) * unit;
}

// The lower bounds of the parts that the columns of a tile have in squared distances.
std::vector<Scalar> lowered(const std::vector<Scalar>& squares, double share) {
  std::vector<Scalar> result;
  for (const Scalar square : squares) result.push_back(static_cast<Scalar>((1 - share) * square));
  return result;
}

/// One of those that may be among the nearest.
struct Candidate {
  std::int64_t index;
  double low, high;  // its squared distance lies between
};

/// The candidates of one row.
class Candidates {
 public:
  explicit Candidates(std::int64_t k) : k_(static_cast<std::size_t>(k)) {}
  /// Nothing farther than this is among the nearest.
  double limit() const { return limit_; }
  void add(const Candidate& candidate) {
    all_.push_back(candidate);
    if (all_.size() >= next_look_) drop_far_ones();
  }
  void drop_far_ones() {
    if (all_.size() >= k_) {
      std::nth_element(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(k_ - 1), all_.end(),
                       [](const Candidate& a, const Candidate& b) { return a.high < b.high; });
      limit_ = all_[k_ - 1].high;
      std::erase_if(all_, [&](const Candidate& candidate) { return candidate.low > limit_; });
    }
    next_look_ = 2 * all_.size() + 8 * k_;
  }
  const std::vector<Candidate>& all() const { return all_; }

 private:
  std::size_t k_, next_look_ = 2 * k_;
  double limit_ = std::numeric_limits<double>::infinity();
  std::vector<Candidate> all_;
};

// Those of a tile's row that may be among the nearest.
void scan(const Tile& tile, std::int64_t row, const CenteredRows& from, const CenteredRows& to,
          const std::vector<Scalar>& low_squares, double share, bool same, Candidates& candidates) {
  const Scalar* products = tile.products + row * tile.columns;
  const Scalar* squares = low_squares.data() + tile.column;
  const double own = from.squares[static_cast<std::size_t>(tile.row + row)];
  for (std::int64_t begin = 0; begin < tile.columns; begin += chunk) {
    const std::int64_t end = std::min(begin + chunk, tile.columns);
    const auto limit = static_cast<Scalar>(candidates.limit() - (1 - share) * own);
    int hits = 0;
    for (std::int64_t j = begin; j < end; ++j) hits += squares[j] - 2 * products[j] <= limit;
    if (hits == 0) continue;
    for (std::int64_t j = begin; j < end; ++j) {
      const std::int64_t index = tile.column + j;
      if (same && index == tile.row + row) continue;
      const double sum = own + to.squares[static_cast<std::size_t>(index)];
      const double middle = sum - 2.0 * products[j];
      if (middle - share * sum <= candidates.limit())
        candidates.add({index, middle - share * sum, middle + share * sum});
    }
  }
}

}  // namespace

double error_share(std::int64_t size) {
  return static_cast<double>(size + 16) * unit;
}

void each_tile(const Tensor& a, const Tensor& b, const std::function<void(const Tile&)>& look) {
  DESCENT_ASSERT(a.columns() == b.columns(), "rows of equal length have products");
  const ExactProducts exact;
  Tensor memory = Tensor::empty({tile_rows * tile_columns});
  for (std::int64_t row = 0; row < a.rows(); row += tile_rows) {
    const std::int64_t rows = std::min(tile_rows, a.rows() - row);
    const Tensor left = a.row_range(row, row + rows);
    for (std::int64_t column = 0; column < b.rows(); column += tile_columns) {
      const std::int64_t columns = std::min(tile_columns, b.rows() - column);
      Tensor products = memory.part(0, {rows, columns});
      gemm(left, Transpose::no, b.row_range(column, column + columns), Transpose::yes, products);
      look({row, column, rows, columns, products.data()});
    }
  }
}

std::vector<double> mean_of_rows(const Tensor& x) {
  std::vector<double> mean(static_cast<std::size_t>(x.columns()));
  const Scalar* number = x.data();
  for (std::int64_t row = 0; row < x.rows(); ++row)
    for (double& sum : mean) sum += *number++;
  for (double& sum : mean) sum /= static_cast<double>(x.rows());
  return mean;
}

std::vector<double> median_of_rows(const Tensor& x) {
  constexpr std::int64_t most = 100;
  const std::int64_t stride = (x.rows() + most - 1) / most;
  std::vector<double> medians;
  std::vector<Scalar> numbers;
  for (std::int64_t column = 0; column < x.columns(); ++column) {
    numbers.clear();
    for (std::int64_t row = 0; row < x.rows(); row += stride)
      numbers.push_back(x.data()[row * x.columns() + column]);
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    medians.push_back(static_cast<double>(*middle));
  }
  return medians;
}

CenteredRows::CenteredRows(const Tensor& rows, const std::vector<double>& origin)
    : original(rows), centered(Tensor::empty(rows.shape())) {
  const Scalar* from = rows.data();
  Scalar* to = centered.data();
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    double square = 0;
    for (const double zero : origin) {
      *to = static_cast<Scalar>(*from++ - zero);
      square += static_cast<double>(*to) * *to;
      ++to;
    }
    squares.push_back(static_cast<Scalar>(square));
  }
}

std::vector<double> nearest_distances(const Tensor& from, const Tensor& to, std::int64_t k, bool same) {
  DESCENT_ASSERT(k >= 1 && to.rows() >= k + (same ? 1 : 0), "there are fewer rows than neighbors");
  const std::vector<double> origin = median_of_rows(to);
  const CenteredRows a(from, origin), b(to, origin);
  const double share = error_share(from.columns());
  const std::vector<Scalar> low_squares = lowered(b.squares, share);
  std::vector<Candidates> candidates(static_cast<std::size_t>(from.rows()), Candidates(k));
  each_tile(a.centered, b.centered, [&](const Tile& tile) {
    for (std::int64_t row = 0; row < tile.rows; ++row)
      scan(tile, row, a, b, low_squares, share, same, candidates[static_cast<std::size_t>(tile.row + row)]);
  });
  std::vector<double> result, distances;
  for (std::int64_t row = 0; row < from.rows(); ++row) {
    Candidates& own = candidates[static_cast<std::size_t>(row)];
    own.drop_far_ones();
    distances.clear();
    for (const Candidate& candidate : own.all())
      distances.push_back(squared_distance(from.data() + row * from.columns(),
                                           to.data() + candidate.index * to.columns(), to.columns()));
    std::partial_sort(distances.begin(), distances.begin() + k, distances.end());
    result.insert(result.end(), distances.begin(), distances.begin() + k);
  }
  return result;
}

TileDistances::TileDistances(const CenteredRows& a, const CenteredRows& b)
    : a_(a), b_(b), share_(usual_error_share(a.original.columns())) {
  for (const Scalar square : b.squares) largest_ = std::max(largest_, static_cast<double>(square));
}

void TileDistances::set(const Tile& tile, std::int64_t row) {
  row_ = tile.row + row;
  column_ = tile.column;
  in_double_.clear();
  const Eigen::Map<const Squares> products(tile.products + row * tile.columns, tile.columns);
  const Eigen::Map<const Squares> others(b_.squares.data() + column_, tile.columns);
  squares_ = (others + a_.squares[static_cast<std::size_t>(row_)] - 2 * products).max(Scalar(0));
}

void TileDistances::leave_out(std::int64_t column) {
  squares_[column] = std::numeric_limits<Scalar>::infinity();
}

bool TileDistances::may_be_off_by(double tolerance) const {
  return share_ * (a_.squares[static_cast<std::size_t>(row_)] + largest_) > tolerance;
}

double TileDistances::nearest_at_most() const {
  const Eigen::Map<const Squares> others(b_.squares.data() + column_, squares_.size());
  const auto share = static_cast<Scalar>(share_);
  return static_cast<double>((squares_ + share * others).minCoeff()) +
         share_ * a_.squares[static_cast<std::size_t>(row_)];
}

void TileDistances::refine(double reach, double tolerance) {
  if (!may_be_off_by(tolerance)) return;
  const std::int64_t size = a_.original.columns();
  const Eigen::Map<const Squares> own(a_.original.data() + row_ * size, size);
  const Scalar* others = b_.squares.data() + column_;
  const double square = a_.squares[static_cast<std::size_t>(row_)];
  const auto share = static_cast<Scalar>(share_);
  // Of the share that b has in the error: it may be off by more, and the distance minus the error is within reach.
  const auto least = static_cast<Scalar>(tolerance / share_ - square);
  const auto limit = static_cast<Scalar>(reach + share_ * square);
  for (std::int64_t begin = 0; begin < squares_.size(); begin += chunk) {
    const std::int64_t end = std::min(begin + chunk, static_cast<std::int64_t>(squares_.size()));
    int hits = 0;
    for (std::int64_t j = begin; j < end; ++j)
      hits += (others[j] > least) & (squares_[j] - share * others[j] <= limit);
    if (hits == 0) continue;
    for (std::int64_t j = begin; j < end; ++j) {
      if (!(others[j] > least) || !(squares_[j] - share * others[j] <= limit)) continue;
      const Eigen::Map<const Squares> other(b_.original.data() + (column_ + j) * size, size);
      in_double_.push_back((own.cast<double>() - other.cast<double>()).square().sum());
      squares_[j] = std::numeric_limits<Scalar>::infinity();
    }
  }
}

double Pair::exact() const {
  return squared_distance(a_, b_, size_);
}

void each_near_pair(const Tensor& a, const std::vector<double>& reach_a, const Tensor& b,
                    const std::vector<double>& reach_b,
                    const std::function<void(std::int64_t, std::int64_t, const Pair&)>& look) {
  const std::vector<double> origin = median_of_rows(a);
  const CenteredRows left(a, origin), right(b, origin);
  const double share = error_share(a.columns());
  // (1 − share)·(|a|² + |b|²) − 2·a·b ≤ max(reach of a, reach of b), with what belongs to b on the left.
  const std::vector<Scalar> low_squares = lowered(right.squares, share);
  std::vector<Scalar> beyond = low_squares;  // … − the reach of b
  for (std::size_t j = 0; j < beyond.size(); ++j)
    beyond[j] = static_cast<Scalar>((1 - share) * right.squares[j] - reach_b[j]);
  each_tile(left.centered, right.centered, [&](const Tile& tile) {
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      const auto i = static_cast<std::size_t>(tile.row + row);
      const Scalar* products = tile.products + row * tile.columns;
      const double own = left.squares[i];
      const auto from_a = static_cast<Scalar>(reach_a[i] - (1 - 2 * share) * own);
      const auto from_b = static_cast<Scalar>(-(1 - 2 * share) * own);
      for (std::int64_t begin = 0; begin < tile.columns; begin += chunk) {
        const std::int64_t end = std::min(begin + chunk, tile.columns);
        const Scalar *low = low_squares.data() + tile.column, *far = beyond.data() + tile.column;
        int hits = 0;
        for (std::int64_t j = begin; j < end; ++j)
          hits += (low[j] - 2 * products[j] <= from_a) | (far[j] - 2 * products[j] <= from_b);
        if (hits == 0) continue;
        for (std::int64_t j = begin; j < end; ++j) {
          const auto other = static_cast<std::size_t>(tile.column + j);
          const double sum = own + right.squares[other];
          const double middle = sum - 2.0 * products[j];
          if (middle - share * sum > std::max(reach_a[i], reach_b[other])) continue;
          look(tile.row + row, tile.column + j,
               Pair(a.data() + (tile.row + row) * a.columns(), b.data() + (tile.column + j) * b.columns(),
                    a.columns(), middle - share * sum, middle + share * sum));
        }
      }
    }
  });
}

}  // namespace descent

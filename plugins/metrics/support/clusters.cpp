#include "clusters.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/kernels/gemm.hpp"
#include "distances.hpp"

namespace descent {

namespace {

/// The rows that are clustered, and the centers of the clusters, in double.
class Clustering {
  using Numbers = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  auto numbers(std::int64_t row) const {
    using Row = Eigen::Array<Scalar, 1, Eigen::Dynamic>;
    return Eigen::Map<const Row>(rows_.original.data() + row * centers_.cols(), centers_.cols())
        .cast<double>();
  }

 public:
  Clustering(const Tensor& x, std::int64_t clusters)
      : origin_(median_of_rows(x)),
        rows_(x, origin_),
        centers_(clusters, x.columns()),
        cluster_(static_cast<std::size_t>(x.rows())) {}

  const std::vector<std::int64_t>& cluster() const { return cluster_; }
  void put_center_at(std::int64_t center, std::int64_t row) { centers_.row(center) = numbers(row); }
  /// ‖x − center‖² of a row.
  double distance(std::int64_t row, std::int64_t center) const {
    return (numbers(row) - centers_.row(center)).square().sum();
  }

  /// Each row's nearest center, the first of those that are equally near. By products, and in double where these do not tell.
  void assign() {
    const Tensor centers = centers_near_origin();
    const CenteredRows near_origin(centers, std::vector<double>(origin_.size()));
    constexpr std::int64_t block = 256;  // rows at a time
    const ExactProducts exact;
    Tensor memory = Tensor::empty({block * centers.rows()});
    for (std::int64_t begin = 0; begin < rows_.centered.rows(); begin += block) {
      const std::int64_t count = std::min(block, rows_.centered.rows() - begin);
      Tensor products = memory.part(0, {count, centers.rows()});
      gemm(rows_.centered.row_range(begin, begin + count), Transpose::no, centers, Transpose::yes, products);
      for (std::int64_t i = 0; i < count; ++i)
        cluster_[static_cast<std::size_t>(begin + i)] =
            nearest(begin + i, products.data() + i * centers.rows(), near_origin.squares);
    }
  }

  /// Each center to the mean of its rows; an empty one stays where it is.
  void move_centers() {
    Numbers sums = Numbers::Zero(centers_.rows(), centers_.cols());
    std::vector<double> counts(static_cast<std::size_t>(centers_.rows()));
    for (std::size_t row = 0; row < cluster_.size(); ++row) {
      sums.row(cluster_[row]) += numbers(static_cast<std::int64_t>(row));
      ++counts[static_cast<std::size_t>(cluster_[row])];
    }
    for (std::int64_t c = 0; c < centers_.rows(); ++c)
      if (const double count = counts[static_cast<std::size_t>(c)]; count > 0)
        centers_.row(c) = sums.row(c) / count;
  }

 private:
  Tensor centers_near_origin() const {
    Tensor result = Tensor::empty({centers_.rows(), centers_.cols()});
    for (std::int64_t i = 0; i < result.size(); ++i)
      result.data()[i] =
          static_cast<Scalar>(centers_.data()[i] - origin_[static_cast<std::size_t>(i % centers_.cols())]);
    return result;
  }

  std::int64_t nearest(std::int64_t row, const Scalar* products, const std::vector<Scalar>& squares) const {
    const double own = rows_.squares[static_cast<std::size_t>(row)], share = error_share(centers_.cols());
    const auto center_count = static_cast<std::int64_t>(squares.size());
    double limit = std::numeric_limits<double>::infinity();  // the nearest is at most this far
    for (std::int64_t c = 0; c < center_count; ++c) {
      const double sum = own + squares[static_cast<std::size_t>(c)];
      limit = std::min(limit, sum - 2.0 * products[c] + share * sum);
    }
    std::int64_t found = -1;
    double least = 0;  // of `found`; not computed while it is the only one
    for (std::int64_t c = 0; c < center_count; ++c) {
      const double sum = own + squares[static_cast<std::size_t>(c)];
      if (sum - 2.0 * products[c] - share * sum > limit) continue;
      if (found < 0) {
        found = c;
        least = -1;
        continue;
      }
      if (least < 0) least = distance(row, found);
      const double other = distance(row, c);
      if (other >= least) continue;
      found = c;
      least = other;
    }
    return found;
  }

  std::vector<double> origin_;
  CenteredRows rows_;
  Numbers centers_;
  std::vector<std::int64_t> cluster_;
};

// A row, each as likely as its squared distance to the nearest center.
std::int64_t draw_far_row(const std::vector<double>& distance, RandomStream& random) {
  double total = 0;
  for (const double squared : distance) total += squared;
  double left = random.uniform() * total;
  for (std::size_t i = 0; i < distance.size(); ++i) {
    left -= distance[i];
    if (left < 0) return static_cast<std::int64_t>(i);
  }
  return static_cast<std::int64_t>(random.uniform() * static_cast<double>(distance.size()));
}

}  // namespace

std::vector<std::int64_t> k_means(const Tensor& x, std::int64_t clusters, std::int64_t iterations,
                                  RandomStream& random) {
  Clustering clustering(x, clusters);
  std::vector<double> distance(static_cast<std::size_t>(x.rows()), 1);
  for (std::int64_t c = 0; c < clusters; ++c) {
    clustering.put_center_at(c, draw_far_row(distance, random));
    for (std::int64_t row = 0; row < x.rows(); ++row) {
      double& nearest = distance[static_cast<std::size_t>(row)];
      const double own = clustering.distance(row, c);
      nearest = c == 0 ? own : std::min(nearest, own);
    }
  }
  clustering.assign();
  for (std::int64_t i = 0; i < iterations; ++i) {
    clustering.move_centers();
    const std::vector<std::int64_t> before = clustering.cluster();
    clustering.assign();
    if (clustering.cluster() == before) break;
  }
  return clustering.cluster();
}

}  // namespace descent

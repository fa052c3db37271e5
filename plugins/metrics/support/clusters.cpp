#include "clusters.hpp"

#include <algorithm>
#include <limits>

#include "distances.hpp"

namespace descent {

namespace {

// Takes for each row the nearer one of its cluster and those that are new, centers `first` to `centers.rows()`.
void assign(const CenteredRows& rows, const Tensor& centers, std::int64_t first,
            std::vector<std::int64_t>& cluster, std::vector<double>& distance) {
  const std::vector<double> none(static_cast<std::size_t>(centers.columns()));
  const CenteredRows own(centers, none);
  each_tile(rows.centered, own.centered, [&](const Tile& tile) {
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      const auto i = static_cast<std::size_t>(tile.row + row);
      for (std::int64_t j = 0; j < tile.columns; ++j) {
        const double squared = rows.squares[i] + own.squares[static_cast<std::size_t>(tile.column + j)] -
                               2.0 * tile.products[row * tile.columns + j];
        if (squared >= distance[i]) continue;
        distance[i] = squared;
        cluster[i] = first + tile.column + j;
      }
    }
  });
}

// A row, each as likely as its squared distance to the nearest center.
std::int64_t draw_far_row(const std::vector<double>& distance, RandomStream& random) {
  double total = 0;
  for (const double squared : distance) total += std::max(squared, 0.0);
  double left = random.uniform() * total;
  for (std::size_t i = 0; i < distance.size(); ++i) {
    left -= std::max(distance[i], 0.0);
    if (left < 0) return static_cast<std::int64_t>(i);
  }
  return static_cast<std::int64_t>(random.uniform() * static_cast<double>(distance.size()));
}

// The mean of each cluster's rows; an empty one stays where it is.
void move_centers(const Tensor& rows, const std::vector<std::int64_t>& cluster, Tensor& centers) {
  std::vector<double> sums(static_cast<std::size_t>(centers.size()));
  std::vector<double> counts(static_cast<std::size_t>(centers.rows()));
  const Scalar* number = rows.data();
  for (const std::int64_t own : cluster) {
    ++counts[static_cast<std::size_t>(own)];
    for (std::int64_t d = 0; d < rows.columns(); ++d)
      sums[static_cast<std::size_t>(own * rows.columns() + d)] += *number++;
  }
  for (std::int64_t i = 0; i < centers.size(); ++i) {
    const double count = counts[static_cast<std::size_t>(i / centers.columns())];
    if (count > 0) centers.data()[i] = static_cast<Scalar>(sums[static_cast<std::size_t>(i)] / count);
  }
}

}  // namespace

std::vector<std::int64_t> k_means(const Tensor& x, std::int64_t clusters, std::int64_t iterations,
                                  RandomStream& random) {
  const CenteredRows rows(x, mean_of_rows(x));
  const auto count = static_cast<std::size_t>(x.rows());
  Tensor centers = Tensor::empty({clusters, x.columns()});
  std::vector<std::int64_t> cluster(count);
  std::vector<double> distance(count, 1);
  for (std::int64_t c = 0; c < clusters; ++c) {
    const std::int64_t row = draw_far_row(distance, random);
    Tensor center = centers.row_range(c, c + 1);
    center.copy_from(rows.centered.row_range(row, row + 1));
    if (c == 0) distance.assign(count, std::numeric_limits<double>::infinity());
    assign(rows, center, c, cluster, distance);
  }
  for (std::int64_t i = 0; i < iterations; ++i) {
    move_centers(rows.centered, cluster, centers);
    const std::vector<std::int64_t> before = cluster;
    distance.assign(count, std::numeric_limits<double>::infinity());
    assign(rows, centers, 0, cluster, distance);
    if (cluster == before) break;
  }
  return cluster;
}

}  // namespace descent

#include "parzen_window.hpp"

#include <algorithm>
#include <cmath>

#include "distances.hpp"

namespace descent {

namespace {

// How much smaller than the largest exponent one counts.
constexpr double range = 25;

// How far an exponent may be off: log densities grow with the number of dimensions, and so may their errors.
double tolerance_in(std::int64_t dimensions) {
  return 2e-5 * (1 + static_cast<double>(dimensions) / 16);
}

/// Σ e^(−distance²/2σ²), as e^(−nearest/2σ²)·sum.
struct KernelSum {
  double nearest = INFINITY;  // squared
  double sum = 0;
  double within = INFINITY;  // the nearest is known to be at most this far, squared

  // With the distances of a tile; `width` is 2σ².
  void add(TileDistances& distances, double width, double tolerance) {
    if (distances.may_be_off_by(tolerance * width)) {
      within = std::min(within, distances.nearest_at_most());
      distances.refine(within + range * width, tolerance * width);
    }
    double least = std::min(nearest, static_cast<double>(distances.by_products().minCoeff()));
    for (const double square : distances.in_double()) least = std::min(least, square);
    if (sum > 0) sum *= std::exp((least - nearest) / width);
    nearest = least;
    sum += static_cast<double>(
        ((distances.by_products() - static_cast<Scalar>(least)) * static_cast<Scalar>(-1 / width))
            .exp()
            .sum());
    for (const double square : distances.in_double()) sum += std::exp((least - square) / width);
  }
};

}  // namespace

std::vector<double> parzen_log_densities(const Tensor& centers, const Tensor& x, double bandwidth) {
  const std::vector<double> origin = median_of_rows(centers);
  const CenteredRows a(x, origin), b(centers, origin);
  const double width = 2 * bandwidth * bandwidth, tolerance = tolerance_in(x.columns());
  std::vector<KernelSum> sums(static_cast<std::size_t>(x.rows()));
  TileDistances distances(a, b);
  each_tile(a.centered, b.centered, [&](const Tile& tile) {
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      distances.set(tile, row);
      sums[static_cast<std::size_t>(tile.row + row)].add(distances, width, tolerance);
    }
  });
  const double constant = std::log(static_cast<double>(centers.rows())) +
                          static_cast<double>(x.columns()) * (std::log(bandwidth) + std::log(2 * M_PI) / 2);
  std::vector<double> densities;
  for (const KernelSum& kernels : sums)
    densities.push_back(std::log(kernels.sum) - kernels.nearest / width - constant);
  return densities;
}

}  // namespace descent

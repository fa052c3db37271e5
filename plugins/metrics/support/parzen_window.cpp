#include "parzen_window.hpp"

#include <Eigen/Core>
#include <cmath>

#include "distances.hpp"

namespace descent {

std::vector<double> parzen_log_densities(const Tensor& centers, const Tensor& x, double bandwidth) {
  using Row = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  const std::vector<double> origin = mean_of_rows(centers);
  const CenteredRows a(x, origin), b(centers, origin);
  // Σ e^(−distance²/2σ²) of each row so far is sum·e^greatest.
  std::vector<double> greatest(static_cast<std::size_t>(x.rows()), -INFINITY), sum(greatest.size(), 0);
  const double factor = -0.5 / (bandwidth * bandwidth);
  Row exponents;
  each_tile(a.centered, b.centered, [&](const Tile& tile) {
    const Eigen::Map<const Row> squares(b.squares.data() + tile.column, tile.columns);
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      const auto i = static_cast<std::size_t>(tile.row + row);
      const Eigen::Map<const Row> products(tile.products + row * tile.columns, tile.columns);
      exponents = (squares + a.squares[i] - 2 * products).max(Scalar(0)) * static_cast<Scalar>(factor);
      const double top = std::max(greatest[i], static_cast<double>(exponents.maxCoeff()));
      const double here = static_cast<double>((exponents - static_cast<Scalar>(top)).exp().sum());
      sum[i] = sum[i] * std::exp(greatest[i] - top) + here;
      greatest[i] = top;
    }
  });
  const double constant = std::log(static_cast<double>(centers.rows())) +
                          static_cast<double>(x.columns()) * (std::log(bandwidth) + std::log(2 * M_PI) / 2);
  std::vector<double> densities;
  for (std::size_t i = 0; i < sum.size(); ++i) densities.push_back(greatest[i] + std::log(sum[i]) - constant);
  return densities;
}

}  // namespace descent

#include "random_rotation.hpp"

#include <cmath>
#include <numeric>

#include "../../datasets/support/legacy_numpy_random.hpp"

namespace descent {

/// The unit normal of the plane whose reflection takes the first of k axes to a random direction.
static std::vector<double> random_mirror(std::size_t k, LegacyNumpyRandom& random) {
  std::vector<double> v(k);
  for (double& x : v) x = random.normal();
  const auto divide_by = [&](double length) {
    for (double& x : v) x /= length;
  };
  const auto norm = [&] { return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0)); };
  divide_by(-norm());
  v[0] += 1;
  divide_by(norm());
  return v;
}

std::vector<double> random_rotation(std::size_t n, LegacyNumpyRandom& random) {
  std::vector<double> rotation(n * n);
  const auto at = [&](std::size_t row, std::size_t column) -> double& { return rotation[row * n + column]; };
  const double angle = 2 * M_PI * random.uniform();
  at(n - 2, n - 2) = at(n - 1, n - 1) = std::cos(angle);
  at(n - 2, n - 1) = std::sin(angle);
  at(n - 1, n - 2) = -std::sin(angle);
  for (std::size_t k = 3; k <= n; ++k) {
    const std::size_t first = n - k;
    at(first, first) = 1;
    const std::vector<double> mirror = random_mirror(k, random);
    for (std::size_t column = first; column < n; ++column) {
      double along = 0;
      for (std::size_t i = 0; i < k; ++i) along += mirror[i] * at(first + i, column);
      for (std::size_t i = 0; i < k; ++i) at(first + i, column) -= 2 * along * mirror[i];
    }
  }
  return rotation;
}

}  // namespace descent

#include "neighbor_balls.hpp"

#include <algorithm>
#include <vector>

#include "distances.hpp"

namespace descent {

namespace {

// The squared distances to the k-th of `most` nearest; without a k nothing is that near.
std::vector<double> kth(const std::vector<double>& nearest, std::int64_t most, std::int64_t k,
                        std::int64_t rows) {
  std::vector<double> distances(static_cast<std::size_t>(rows), -1);
  for (std::int64_t row = 0; row < rows && k > 0; ++row)
    distances[static_cast<std::size_t>(row)] = nearest[static_cast<std::size_t>(row * most + k - 1)];
  return distances;
}

double share_of(const std::vector<char>& flags) {
  return static_cast<double>(std::count(flags.begin(), flags.end(), 1)) / static_cast<double>(flags.size());
}

}  // namespace

BallCoverage ball_coverage(const Tensor& real, const Tensor& made, std::int64_t k_precision,
                           std::int64_t k_density) {
  const std::int64_t most = std::max(k_precision, k_density);
  const std::vector<double> near_real = nearest_distances(real, real, most, true);
  const std::vector<double> real_wide = kth(near_real, most, k_precision, real.rows());
  const std::vector<double> real_dense = kth(near_real, most, k_density, real.rows());
  std::vector<double> made_wide(static_cast<std::size_t>(made.rows()), -1);
  if (k_precision > 0)
    made_wide = kth(nearest_distances(made, made, k_precision, true), k_precision, k_precision, made.rows());

  std::vector<char> precise(made_wide.size()), recalled(real_wide.size()), covered(real_wide.size());
  std::int64_t dense = 0;
  const std::vector<double>& reach = k_density > k_precision ? real_dense : real_wide;
  each_near_pair(real, reach, made, made_wide, [&](std::int64_t r, std::int64_t m, const Pair& pair) {
    const auto i = static_cast<std::size_t>(r), j = static_cast<std::size_t>(m);
    if (precise[j] == 0 && pair.within(real_wide[i])) precise[j] = 1;
    if (recalled[i] == 0 && pair.within(made_wide[j])) recalled[i] = 1;
    if (k_density > 0 && pair.within(real_dense[i])) {
      ++dense;
      covered[i] = 1;
    }
  });
  return {
      share_of(precise), share_of(recalled),
      static_cast<double>(dense) / static_cast<double>(std::max<std::int64_t>(k_density, 1) * made.rows()),
      share_of(covered)};
}

}  // namespace descent

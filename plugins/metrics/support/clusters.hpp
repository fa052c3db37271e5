#pragma once

#include <cstdint>
#include <vector>

#include "descent/base/random.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// The cluster, from 0, of each row of x (n, d), by k-means: Lloyd, Least Squares Quantization in PCM, 1982, from centers that are
/// spread by Arthur and Vassilvitskii, k-means++, 2007. It ends when no row moves to another cluster, or after `iterations`. Clusters
/// may be empty.
std::vector<std::int64_t> k_means(const Tensor& x, std::int64_t clusters, std::int64_t iterations,
                                  RandomStream& random);

}  // namespace descent

#pragma once

#include <descent/plugin/loss.hpp>
#include <numeric>

/// z (rows, dimensions) with the numbers of each dimension in another random order, from the pass's stream of this name:
/// samples of Π q(z_d). Kim and Mnih, Disentangling by Factorising, 2018, algorithm 1.
inline descent::Variable with_permuted_dimensions(const descent::Variable& z, descent::Pass& pass,
                                                  std::string_view stream) {
  const std::int64_t rows = z.shape()[0], dimensions = z.shape()[1];
  std::vector<std::int64_t, descent::PoolAllocator<std::int64_t>> order(static_cast<std::size_t>(rows));
  auto index = descent::Tensor::empty({rows * dimensions});
  for (std::int64_t d = 0; d < dimensions; ++d) {
    std::iota(order.begin(), order.end(), 0);
    pass.random(stream).shuffle(order.data(), rows);
    for (std::int64_t i = 0; i < rows; ++i)
      index.data()[i * dimensions + d] =
          static_cast<descent::Scalar>(order[static_cast<std::size_t>(i)] * dimensions + d);
  }
  return reshape(embedding(reshape(z, {rows * dimensions, 1}), index), z.shape());
}

#pragma once

#include <cstdint>
#include <string>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// How the k-nearest-neighbor balls around real examples (n, d) and around samples (m, d) cover each other. The ball of a point
/// reaches to its k-th nearest other point of its own set, with its border.
struct BallCoverage {
  double precision = 0;  ///< the share of samples in the ball of any real example
  double recall = 0;     ///< the share of real examples in the ball of any sample
  double density = 0;    ///< 1/k times the mean number of real examples in whose balls a sample is
  double coverage = 0;   ///< the share of real examples in whose balls any sample is
};

/// Precision and recall with the balls of the `k_precision` nearest: Kynkäänniemi et al., Improved Precision and Recall Metric for
/// Assessing Generative Models, 2019, equations 1 and 2. Density and coverage with those of the `k_density` nearest: Naeem et al.,
/// Reliable Fidelity and Diversity Metrics for Generative Models, 2020, section 3. Both from the same distances; 0: not
/// wanted. Both sets have more points than either k.
BallCoverage ball_coverage(const Tensor& real, const Tensor& made, std::int64_t k_precision,
                           std::int64_t k_density);

}  // namespace descent

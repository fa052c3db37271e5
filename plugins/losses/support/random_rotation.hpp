#pragma once

#include <cstddef>
#include <vector>

namespace descent {

class LegacyNumpyRandom;

/// A rotation of n axes from Haar's measure, n at least 2: (n, n) row by row, of determinant ±1. A rotation
/// of the last k − 1 axes is followed by the reflection that takes the first of k axes to a random direction,
/// for k = 3 … n. Diaconis and Shahshahani, The Subgroup Algorithm for Generating Uniform Random Variables,
/// 1987.
std::vector<double> random_rotation(std::size_t n, LegacyNumpyRandom& random);

}  // namespace descent

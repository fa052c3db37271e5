#pragma once

#include <cmath>
#include <vector>

#include "descent/tensor/tensor.hpp"

namespace descent::testing {

/// Numbers of which tables of exact values are made: element k is offset + factor·sin(a + b·k + 0.05·k²). A plain sine
/// would give matrices of rank 2.
inline Tensor sine_fill(double a, double b, const Shape& shape, double factor = 1, double offset = 0) {
  std::vector<double> values;
  for (std::int64_t k = 0; k < shape.size(); ++k) {
    const auto n = static_cast<double>(k);
    values.push_back(offset + factor * std::sin(a + b * n + 0.05 * n * n));
  }
  return Tensor::of(shape, values);
}

}  // namespace descent::testing

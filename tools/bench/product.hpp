#pragma once

#include <vector>

namespace descent::bench {

/// One matrix product with all that it works on, row-major: c = a·b, or c += a·b. a is (m, k), or (k, m)
/// where it is transposed; b is (k, n) or (n, k); c is (m, n).
struct Product {
  bool transpose_a = false, transpose_b = false;
  long m = 0, n = 0, k = 0;
  const float *a = nullptr, *b = nullptr;
  float* c = nullptr;
  bool accumulate = false;

  /// By oneDNN's sgemm. Throws RunError when that fails.
  void run() const;
};

using Products = std::vector<Product>;

}  // namespace descent::bench

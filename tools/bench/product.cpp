#include "product.hpp"

#include <dnnl.h>

#include "descent/base/error.hpp"

namespace descent::bench {

void Product::run() const {
  const dnnl_status_t status =
      dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a, transpose_a ? m : k, b,
                 transpose_b ? k : n, accumulate ? 1.0f : 0.0f, c, n);
  if (status != dnnl_success) throw RunError("oneDNN's sgemm failed with status " + std::to_string(status));
}

}  // namespace descent::bench

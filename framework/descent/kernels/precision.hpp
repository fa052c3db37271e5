#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// What matrix products and convolutions do with their inputs. Their sums and results are of the scalar type in any case.
enum class ProductInputs {
  exact,     ///< they take them as they are
  bfloat16,  ///< they round them to bfloat16 (8 bits of significand), with the processor's instructions for it
  emulated_bfloat16  ///< the same rounding, then products of the scalar type: slower, and on any processor
};

/// Sets it for the whole process; exact until then. Throws Error for bfloat16 where the processor has no instructions for it
/// or numbers are doubles.
DESCENT_API void set_product_inputs(ProductInputs inputs);
DESCENT_API ProductInputs product_inputs();
/// Whether set_product_inputs(bfloat16) is possible here.
DESCENT_API bool has_bfloat16();

namespace kernels {

/// out = x with every number rounded to the nearest bfloat16, to even between two; NaN stays NaN.
DESCENT_API void round_to_bfloat16(const Tensor& x, Tensor& out);
/// The same, as the upper halves of floats, side by side in new memory of the pool: of half as many scalars.
Tensor as_bfloat16(const Tensor& x);

}  // namespace kernels
}  // namespace descent

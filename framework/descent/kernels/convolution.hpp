#pragma once

#include <array>
#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/kernels/activations.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// A number for each axis of an image: height, width.
using Extents2d = std::array<std::int64_t, 2>;

/// How a window moves over an image. Along each axis, place i of the result sees the places
/// i·stride + p·dilation − before of the image, p = 0 … kernel − 1; outside of it there are zeros.
struct DESCENT_API Windows2d {
  Extents2d kernel{1, 1};
  Extents2d stride{1, 1};
  Extents2d dilation{1, 1};
  Extents2d before{0, 0};  ///< rows of zeros above, columns on the left
  Extents2d after{0, 0};   ///< below, and on the right

  /// How many places the window has along each axis of an image; less than 1: it is larger than the padded image.
  Extents2d places(const Extents2d& image) const;
  bool operator==(const Windows2d&) const = default;
};

/// How the weight of a convolution lies in memory.
enum class WeightOrder {
  inputs_outputs,  ///< (kernel height, kernel width, inputs, outputs)
  outputs_inputs   ///< (kernel height, kernel width, outputs, inputs): as a transposed convolution keeps it
};

}  // namespace descent

/// Two-dimensional convolutions: x (batch, height, width, inputs), y (batch, height, width, outputs), and a weight
/// of one of the two orders,
///   y[n, i, j, o] = Σ x[n, i·stride + p·dilation − before, j·stride + q·dilation − before, c]·weight[p, q, c, o],
/// and the two gradients of Σ g·y. In float by oneDNN, but where conv2d_by_columns is faster; in double always by
/// columns. The numbers may depend on how many threads set_threads() allows.
namespace descent::kernels {

/// out = activation(y + bias): bias (outputs), or no tensor for none; `slope` as in add_bias_and_activate().
DESCENT_API void conv2d(const Tensor& x, const Tensor& weight, WeightOrder order, const Windows2d& windows,
                        const Tensor& bias, Activation activation, double slope, Tensor& out);
/// out (batch, height, width, inputs) = the gradient of x, or += it: a transposed convolution of g.
DESCENT_API void conv2d_input_gradient(const Tensor& g, const Tensor& weight, WeightOrder order,
                                       const Windows2d& windows, Tensor& out, bool accumulate);
/// out, of the weight's shape in its order = the gradient of the weight, or += it.
DESCENT_API void conv2d_weight_gradient(const Tensor& x, const Tensor& g, WeightOrder order,
                                        const Windows2d& windows, Tensor& out, bool accumulate);

/// The same as matrix products with the windows of x side by side, a few examples at a time. Right for every
/// shape; slower than a convolution of its own, unless there are few inputs.
namespace by_columns {

DESCENT_API void conv2d(const Tensor& x, const Tensor& weight, WeightOrder order, const Windows2d& windows,
                        Tensor& out);
DESCENT_API void conv2d_input_gradient(const Tensor& g, const Tensor& weight, WeightOrder order,
                                       const Windows2d& windows, Tensor& out, bool accumulate);
DESCENT_API void conv2d_weight_gradient(const Tensor& x, const Tensor& g, WeightOrder order,
                                        const Windows2d& windows, Tensor& out, bool accumulate);

}  // namespace by_columns
}  // namespace descent::kernels

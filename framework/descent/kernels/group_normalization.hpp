#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// A tensor (batch, …, channels) seen as (batch, positions, groups, width), where the channels are split into
/// groups of equal width: what of each example is normalized together.
struct GroupLayout {
  std::int64_t batch = 0;
  std::int64_t positions = 1;
  std::int64_t groups = 1;
  std::int64_t width = 1;

  std::int64_t channels() const { return groups * width; }
  /// How many numbers one group of one example has.
  std::int64_t count() const { return positions * width; }
};

}  // namespace descent

/// Normalization of each example by its own statistics: of all its numbers (Ba et al., Layer Normalization, 2016), of
/// each channel (Ulyanov et al., Instance Normalization, 2016) or of groups of channels (Wu and He, Group
/// Normalization, 2018).
namespace descent::kernels {

/// x (batch, …, channels) with at least two dimensions; the channels must divide into the groups.
DESCENT_API GroupLayout group_layout(const Shape& x, std::int64_t groups);

/// out (batch, groups) = the sum of each group of each example of x (batch, …, channels).
DESCENT_API void sum_groups(const Tensor& x, const GroupLayout& layout, Tensor& out);
/// out (batch, …, channels) = x (batch, groups), repeated over each group's numbers; or += it.
DESCENT_API void spread_groups(const Tensor& x, const GroupLayout& layout, Tensor& out, bool accumulate);

/// What group_normalize() makes: new tensors.
struct GroupNormalization {
  Tensor
      inverse_deviation;  ///< (batch, groups): 1/√(variance + ε), the variance divided by the number of elements
  Tensor normalized;  ///< (batch, …, channels): (x − mean)·inverse_deviation
  Tensor result;      ///< (batch, …, channels): normalized·scale + shift
};
/// x (batch, …, channels), scale and shift (channels) or no tensors for 1 and 0; `result` is then `normalized`.
DESCENT_API GroupNormalization group_normalize(const Tensor& x, const GroupLayout& layout,
                                               const Tensor& scale, const Tensor& shift, double epsilon);

/// out (batch, …, channels) = the gradient of x, or += it, given that of the result, g: with h = g·scale, and means
/// over groups, inverse_deviation·(h − mean(h) − normalized·mean(h·normalized)). `scale` may be no tensor.
DESCENT_API void group_normalize_gradient(const Tensor& g, const GroupLayout& layout,
                                          const Tensor& normalized, const Tensor& inverse_deviation,
                                          const Tensor& scale, Tensor& out, bool accumulate);

/// out (channels) = the gradient of scale, the sum of g·normalized over all but the channels; or += it.
DESCENT_API void group_scale_gradient(const Tensor& g, const Tensor& normalized, Tensor& out,
                                      bool accumulate);

}  // namespace descent::kernels

#pragma once

#include <Eigen/Core>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// Scalars side by side as Eigen sees them, wherever they start: for rules on whole tensors. A view, never an
/// owner. The views of blocks are in block_array.hpp.
using UnalignedView = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
using ConstUnalignedView = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>;

/// All elements of a tensor, in row-major order.
inline UnalignedView array(Tensor& tensor) {
  return {tensor.data(), tensor.size()};
}
inline ConstUnalignedView array(const Tensor& tensor) {
  return {tensor.data(), tensor.size()};
}
inline ConstUnalignedView constant_array(const Tensor& tensor) {
  return {tensor.data(), tensor.size()};
}

}  // namespace descent

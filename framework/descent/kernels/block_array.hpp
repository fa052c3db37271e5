#pragma once

#include <Eigen/Core>

#include "descent/base/error.hpp"
#include "descent/base/scalar.hpp"

namespace descent {

/// Scalars side by side as Eigen sees them: element-wise expressions on it are vectorized. A view, never an
/// owner.
using ArrayView = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::Aligned64>;
using ConstArrayView = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::Aligned64>;

/// The most scalars that a block has.
inline constexpr long block_scalars = 512;

namespace detail {
struct BlockStorage {
  alignas(alignment_bytes) Scalar storage[block_scalars];
};
}  // namespace detail

/// A temporary of up to block_scalars numbers, on the stack, for what an element-wise expression is used
/// twice. Unlike an Eigen::Array of bounded size it starts on 64 bytes, so that all of it takes the
/// vectorized path and gives the same bits wherever the stack lies.
class BlockArray : private detail::BlockStorage, public ArrayView {
 public:
  explicit BlockArray(long size) : ArrayView(storage, size) {
    DESCENT_ASSERT(size <= block_scalars, "a block has at most 512 numbers");
  }
  template <class Expression>
  BlockArray(const Eigen::ArrayBase<Expression>& expression)  // NOLINT(google-explicit-constructor)
      : BlockArray(static_cast<long>(expression.size())) {
    ArrayView::operator=(expression);
  }
  BlockArray(const BlockArray& other) : BlockArray(static_cast<const ArrayView&>(other)) {}
  using ArrayView::operator=;
  BlockArray& operator=(const BlockArray& other) {
    ArrayView::operator=(other);
    return *this;
  }
};

}  // namespace descent

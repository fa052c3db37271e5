#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "descent/base/api.hpp"

namespace descent {

/// The extents of a tensor, outermost first; rank 0 is a single number. At most six dimensions, and no heap.
/// What makes one throws Error for more numbers than any memory holds.
class DESCENT_API Shape {
 public:
  static constexpr std::size_t max_rank = 6;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  std::size_t rank() const { return rank_; }
  std::int64_t operator[](std::size_t dimension) const { return extents_[dimension]; }
  /// The number of elements; 1 for rank 0.
  std::int64_t size() const;
  /// The number of elements behind the first dimension: the width of a row.
  std::int64_t row_size() const;
  std::span<const std::int64_t> extents() const { return {extents_.data(), rank_}; }

  /// This shape with `extent` put before it: a batch of it.
  Shape batch(std::int64_t extent) const;
  /// This shape without its first dimension.
  Shape row() const;
  /// This shape with another last extent, and without the last dimension; of rank 1 at least.
  Shape with_last(std::int64_t extent) const;
  Shape without_last() const;

  bool operator==(const Shape& other) const;
  /// `(128, 784)`; `()` for rank 0.
  std::string text() const;

 private:
  void check_size() const;

  std::array<std::int64_t, max_rank> extents_{};
  std::size_t rank_ = 0;
};

}  // namespace descent

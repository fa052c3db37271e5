#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/scalar.hpp"
#include "descent/tensor/shape.hpp"

namespace descent {

/// A dense row-major array of scalars. Copying shares the memory; clone() does not. Memory comes from the
/// pool, starts on 64 bytes and spans whole multiples of 16 scalars; what lies behind the last element is
/// inert.
class DESCENT_API Tensor {
 public:
  /// No tensor: defined() is false.
  Tensor() = default;
  /// Uninitialized memory.
  static Tensor empty(const Shape& shape);
  static Tensor zeros(const Shape& shape);
  static Tensor full(const Shape& shape, double value);
  /// Row-major values; their count must be the shape's.
  static Tensor of(const Shape& shape, std::span<const double> values);
  static Tensor of(const Shape& shape, std::initializer_list<double> values);
  static Tensor scalar(double value);

  Tensor(const Tensor& other);
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(const Tensor& other);
  Tensor& operator=(Tensor&& other) noexcept;
  ~Tensor();

  bool defined() const { return data_ != nullptr; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }
  /// The first extent, 1 for rank 0.
  std::int64_t rows() const { return shape_.rank() == 0 ? 1 : shape_[0]; }
  /// The number of elements behind the first dimension.
  std::int64_t columns() const { return shape_.row_size(); }

  Scalar* data() { return data_; }
  const Scalar* data() const { return data_; }
  std::span<Scalar> values() { return {data_, static_cast<std::size_t>(size_)}; }
  std::span<const Scalar> values() const { return {data_, static_cast<std::size_t>(size_)}; }
  /// The only element.
  double item() const;
  std::vector<double> to_doubles() const;

  /// The same memory in another shape of equal size.
  Tensor reshaped(const Shape& shape) const;
  /// The same memory from row `begin` up to `end`.
  Tensor row_range(std::int64_t begin, std::int64_t end) const;
  /// The same memory from element `offset` on, in `shape`: how parameters lie in an arena.
  Tensor part(std::int64_t offset, const Shape& shape) const;
  Tensor clone() const;
  /// Copies the elements of a tensor of equal size.
  void copy_from(const Tensor& other);
  void fill(double value);
  /// The number of the last write that mark_written() was called for, in this process and on this memory, or 0.
  /// Two states of marked memory never have the same number, even where the memory was given back and taken
  /// again: what was computed from memory and kept is right as long as the version is the same and not 0.
  std::uint64_t version() const;
  /// Says that this memory has been written: all tensors that share it get the next version. Whoever writes
  /// parameters calls it, once for a whole arena, on the thread that reads versions; other writers need not.
  void mark_written();
  /// Whether both look at the same elements.
  bool shares_memory_with(const Tensor& other) const { return storage_ == other.storage_ && defined(); }

 private:
  struct Storage;
  Tensor(Storage* storage, Scalar* data, const Shape& shape);

  Storage* storage_ = nullptr;
  Scalar* data_ = nullptr;
  std::int64_t size_ = 0;
  Shape shape_;
};

}  // namespace descent

#include "descent/tensor/shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"

namespace descent {

[[noreturn]] static void too_many_dimensions(std::size_t rank) {
  throw Error(
      fmt::format("a tensor has at most {} dimensions, that of the batch counted, but this one would have {}",
                  Shape::max_rank, rank));
}

Shape::Shape(std::initializer_list<std::int64_t> extents)
    : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) : rank_(extents.size()) {
  if (extents.size() > max_rank) too_many_dimensions(extents.size());
  std::copy(extents.begin(), extents.end(), extents_.begin());
  check_size();
}

// What comes behind may multiply by the bytes of a number, and add.
void Shape::check_size() const {
  constexpr std::int64_t most = std::int64_t{1} << 48;
  std::int64_t size = 1;
  for (std::size_t i = 0; i < rank_; ++i)
    if (__builtin_mul_overflow(size, extents_[i], &size) || size > most)
      throw Error(fmt::format("an array of the shape {} would have more numbers than any memory", text()));
}

std::int64_t Shape::size() const {
  std::int64_t size = 1;
  for (std::size_t i = 0; i < rank_; ++i) size *= extents_[i];
  return size;
}

std::int64_t Shape::row_size() const {
  std::int64_t size = 1;
  for (std::size_t i = 1; i < rank_; ++i) size *= extents_[i];
  return size;
}

Shape Shape::batch(std::int64_t extent) const {
  if (rank_ == max_rank) too_many_dimensions(rank_ + 1);
  Shape result;
  result.rank_ = rank_ + 1;
  result.extents_[0] = extent;
  std::copy_n(extents_.begin(), rank_, result.extents_.begin() + 1);
  result.check_size();
  return result;
}

Shape Shape::row() const {
  DESCENT_ASSERT(rank_ > 0, "a single number has no rows");
  return Shape(extents().subspan(1));
}

Shape Shape::with_last(std::int64_t extent) const {
  DESCENT_ASSERT(rank_ > 0, "a single number has no last dimension");
  Shape result = *this;
  result.extents_[rank_ - 1] = extent;
  result.check_size();
  return result;
}

Shape Shape::without_last() const {
  DESCENT_ASSERT(rank_ > 0, "a single number has no last dimension");
  return Shape(extents().first(rank_ - 1));
}

bool Shape::operator==(const Shape& other) const {
  return rank_ == other.rank_ &&
         std::equal(extents_.begin(), extents_.begin() + static_cast<long>(rank_), other.extents_.begin());
}

std::string Shape::text() const {
  return fmt::format("({})", fmt::join(extents(), ", "));
}

}  // namespace descent

#include "descent/tensor/tensor.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "descent/base/error.hpp"
#include "descent/base/pool.hpp"

namespace descent {

// Lies in front of the elements, in the same piece of memory.
struct Tensor::Storage {
  std::atomic<int> references;
  std::size_t bytes;
  std::uint64_t version;
};

static constexpr std::size_t header_bytes = alignment_bytes;

Tensor::Tensor(Storage* storage, Scalar* data, const Shape& shape)
    : storage_(storage), data_(data), size_(shape.size()), shape_(shape) {
  storage_->references.fetch_add(1, std::memory_order_relaxed);
}

Tensor Tensor::empty(const Shape& shape) {
  static_assert(sizeof(Storage) <= header_bytes);
  const std::int64_t scalars = std::max<std::int64_t>(padded(shape.size()), padding_scalars);
  const std::size_t bytes = header_bytes + static_cast<std::size_t>(scalars) * sizeof(Scalar);
  char* memory = static_cast<char*>(pool::allocate(bytes));
  auto* storage = new (memory) Storage{0, bytes, 0};
  auto* data = reinterpret_cast<Scalar*>(memory + header_bytes);
  for (std::int64_t i = shape.size(); i < scalars; ++i) data[i] = 0;
  return Tensor(storage, data, shape);
}

Tensor Tensor::zeros(const Shape& shape) {
  Tensor result = empty(shape);
  std::memset(result.data_, 0, static_cast<std::size_t>(result.size_) * sizeof(Scalar));
  return result;
}

Tensor Tensor::full(const Shape& shape, double value) {
  Tensor result = empty(shape);
  result.fill(value);
  return result;
}

Tensor Tensor::of(const Shape& shape, std::span<const double> values) {
  DESCENT_ASSERT(shape.size() == static_cast<std::int64_t>(values.size()),
                 "as many values as the shape holds");
  Tensor result = empty(shape);
  std::transform(values.begin(), values.end(), result.data_, [](double v) { return static_cast<Scalar>(v); });
  return result;
}

Tensor Tensor::of(const Shape& shape, std::initializer_list<double> values) {
  return of(shape, std::span<const double>(values.begin(), values.size()));
}

Tensor Tensor::scalar(double value) {
  return of({}, {value});
}

Tensor::Tensor(const Tensor& other)
    : storage_(other.storage_), data_(other.data_), size_(other.size_), shape_(other.shape_) {
  if (storage_ != nullptr) storage_->references.fetch_add(1, std::memory_order_relaxed);
}

Tensor::Tensor(Tensor&& other) noexcept
    : storage_(std::exchange(other.storage_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      shape_(other.shape_) {}

Tensor& Tensor::operator=(const Tensor& other) {
  Tensor copy(other);
  return *this = std::move(copy);
}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  std::swap(storage_, other.storage_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(shape_, other.shape_);
  return *this;
}

Tensor::~Tensor() {
  if (storage_ != nullptr && storage_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    pool::release(storage_, storage_->bytes);
}

double Tensor::item() const {
  DESCENT_ASSERT(size_ == 1 && defined(), "only a tensor of one element has an item");
  return static_cast<double>(data_[0]);
}

std::vector<double> Tensor::to_doubles() const {
  return {data_, data_ + size_};
}

Tensor Tensor::reshaped(const Shape& shape) const {
  DESCENT_ASSERT(shape.size() == size_, "a reshaped tensor has as many elements");
  return Tensor(storage_, data_, shape);
}

Tensor Tensor::row_range(std::int64_t begin, std::int64_t end) const {
  DESCENT_ASSERT(shape_.rank() > 0 && 0 <= begin && begin <= end && end <= rows(),
                 "rows outside of the tensor");
  return Tensor(storage_, data_ + begin * columns(), shape_.row().batch(end - begin));
}

Tensor Tensor::part(std::int64_t offset, const Shape& shape) const {
  DESCENT_ASSERT(0 <= offset && offset + shape.size() <= size_, "a part outside of the tensor");
  return Tensor(storage_, data_ + offset, shape);
}

Tensor Tensor::clone() const {
  Tensor result = empty(shape_);
  result.copy_from(*this);
  return result;
}

void Tensor::copy_from(const Tensor& other) {
  DESCENT_ASSERT(size_ == other.size_, "a copy needs equal sizes");
  if (size_ > 0 && data_ != other.data_)
    std::memcpy(data_, other.data_, static_cast<std::size_t>(size_) * sizeof(Scalar));
}

std::uint64_t Tensor::version() const {
  DESCENT_ASSERT(defined(), "only memory has a version");
  return storage_->version;
}

void Tensor::mark_written() {
  static std::atomic<std::uint64_t> writes = 0;
  DESCENT_ASSERT(defined(), "only memory has a version");
  storage_->version = 1 + writes.fetch_add(1, std::memory_order_relaxed);
}

void Tensor::fill(double value) {
  std::fill_n(data_, size_, static_cast<Scalar>(value));
}

}  // namespace descent

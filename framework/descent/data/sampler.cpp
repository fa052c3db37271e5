#include "descent/data/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/base/error.hpp"
#include "descent/base/random.hpp"
#include "descent/data/number_check.hpp"
#include "descent/data/transformed_dataset.hpp"

namespace descent::data {

Sampler::Sampler(const Dataset& dataset, std::uint64_t seed, std::int64_t batch_size, std::int64_t validation,
                 bool drop_last, bool shuffle_once)
    : dataset_(dataset),
      seed_(seed),
      batch_size_(batch_size),
      drop_last_(drop_last),
      shuffle_once_(shuffle_once) {
  const std::optional<std::int64_t> size = dataset.size(Split::train);
  if (!size) {
    if (validation > 0)
      throw Error("an endless data set has no examples to set aside for 'validation'; leave it out");
    return;
  }
  if (*size < 1)
    throw Error(fmt::format("the data set has {} training examples; it needs at least 1", *size));
  if (validation >= *size)
    throw Error(
        fmt::format("'validation' sets {} examples aside, but the data set has only {}", validation, *size));
  std::vector<std::int64_t> all(static_cast<std::size_t>(*size));
  std::iota(all.begin(), all.end(), 0);
  // The same examples for every seed, so that runs that differ in it are validated on the same ones.
  if (validation > 0) RandomStream(stream_key(0, "validation")).shuffle(all.data(), *size);
  validation_.assign(all.begin(), all.begin() + validation);
  training_.assign(all.begin() + validation, all.end());
  std::sort(validation_.begin(), validation_.end());
  std::sort(training_.begin(), training_.end());
  examples_ = *size - validation;
  if (batch_size > examples_)
    throw Error(
        fmt::format("'batch_size' {} is larger than the data: {} training examples", batch_size, examples_));
  all.resize(static_cast<std::size_t>(*size));
  RandomStream random(stream_key(seed, "shuffle"));
  has_reading_order_ = dataset.order(Split::train, random, all);
  order_.reserve(has_reading_order_ ? all.size() : training_.size());
}

std::int64_t Sampler::batches_per_epoch() const {
  return drop_last_ ? examples_ / batch_size_ : (examples_ + batch_size_ - 1) / batch_size_;
}

// Put off until an example is dealt: a cursor may be moved on by whoever deals elsewhere.
void Sampler::shuffle_if_new_epoch() {
  const std::int64_t epoch = shuffle_once_ ? 0 : cursor_.epoch;
  if (shuffled_ == epoch) return;
  shuffled_ = epoch;
  shuffle(RandomStream(stream_key(seed_, "shuffle"), static_cast<std::uint32_t>(epoch)), order_);
}

void Sampler::shuffle(RandomStream random, std::vector<std::int64_t>& order) const {
  if (!has_reading_order_) {
    order.assign(training_.begin(), training_.end());
    random.shuffle(order.data(), examples_);
    return;
  }
  const std::int64_t size = examples_ + std::ssize(validation_);
  order.resize(static_cast<std::size_t>(size));
  dataset_.order(Split::train, random, order);
  std::erase_if(order, [&](std::int64_t index) {
    return std::binary_search(validation_.begin(), validation_.end(), index);
  });
  if (std::ssize(order) != examples_ ||
      std::any_of(order.begin(), order.end(), [&](std::int64_t index) { return index < 0 || index >= size; }))
    throw RunError(fmt::format(
        "the data set's order() must name each of its {} training examples once, and does not", size));
}

void Sampler::next(Batch& batch, std::int64_t step, std::int64_t evaluation) {
  if (endless()) {
    batch.resize(batch_size_);
    RandomStream random(stream_key(seed_, "data"), static_cast<std::uint32_t>(step),
                        static_cast<std::uint32_t>(evaluation));
    sample(dataset_, Split::train, random, batch,
           {.training = true, .seed = seed_, .step = step, .part = evaluation});
    return;
  }
  shuffle_if_new_epoch();
  const std::int64_t count = std::min(batch_size_, examples_ - cursor_.position);
  batch.resize(count);
  const auto first = order_.begin() + cursor_.position;
  const std::span<const std::int64_t> indices(first, first + count);
  fill(dataset_, Split::train, indices, batch,
       {.training = true, .seed = seed_, .epoch = cursor_.epoch, .step = step});
  if (has_reading_order_) check_numbers(batch, Split::train, indices);
  cursor_.position += count;
  const std::int64_t left = examples_ - cursor_.position;
  if (left == 0 || (drop_last_ && left < batch_size_)) {
    ++cursor_.epoch;
    cursor_.position = 0;
  }
}

void Sampler::set_cursor(const Cursor& cursor) {
  cursor_ = cursor;
}

}  // namespace descent::data

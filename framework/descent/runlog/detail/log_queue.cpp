#include "descent/runlog/detail/log_queue.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "descent/base/scalar.hpp"

namespace descent::runlog {

RowRing::RowRing(std::size_t columns) : words_(columns + 2), storage_(capacity * words_) {}

void RowRing::push(std::int64_t step, double wall_time, std::span<const double> values) {
  double* row = storage_.data() + (begin_ + size_) % capacity * words_;
  std::memcpy(row, &step, sizeof step);
  row[1] = wall_time;
  std::copy(values.begin(), values.end(), row + 2);
  ++size_;
}

const std::byte* RowRing::row(std::size_t index) const {
  return reinterpret_cast<const std::byte*>(storage_.data() + (begin_ + index) % capacity * words_);
}

void RowRing::pop(std::size_t count) {
  begin_ = (begin_ + count) % capacity;
  size_ -= count;
}

SnapshotQueue::SnapshotQueue(std::size_t bytes, std::size_t largest_snapshot)
    : capacity_(largest_snapshot == 0 ? 0 : std::max(bytes, 2 * (largest_snapshot + alignment_bytes))),
      first_used_(std::min(capacity_, 2 * (largest_snapshot + alignment_bytes))),
      memory_(capacity_ == 0 ? nullptr : static_cast<std::byte*>(pool::allocate(capacity_)), {capacity_}),
      entries_(capacity_ == 0 ? 0 : most_snapshots),
      extents_(entries_.size()) {}

void SnapshotQueue::fault_in() const {
  // Small ones cost less to fault in than to ask for; and only memory that begins a page can be asked for.
  constexpr std::size_t worth_it = std::size_t{1} << 21;
  if (first_used_ < worth_it) return;
#ifdef MADV_POPULATE_WRITE
  madvise(memory_.get(), first_used_,
          MADV_POPULATE_WRITE);  // an older kernel refuses, and all goes on as before
#endif
}

std::byte* SnapshotQueue::reserve(std::size_t bytes) {
  if (count_ == entries_.size()) return nullptr;
  const std::size_t size = (bytes + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
  const auto take = [&](std::size_t begin) {
    reserved_ = {begin, begin + size};
    return memory_.get() + begin;
  };
  if (count_ == 0) return size <= capacity_ ? take(0) : nullptr;
  const std::size_t oldest = extents_[first_].begin;
  const std::size_t newest_end = extents_[(first_ + count_ - 1) % extents_.size()].end;
  const bool wrapped = newest_end <= oldest;
  if (wrapped) return oldest - newest_end >= size ? take(newest_end) : nullptr;
  if (capacity_ - newest_end >= size) return take(newest_end);
  return oldest >= size ? take(0) : nullptr;
}

void SnapshotQueue::push(const Snapshot& snapshot) {
  const std::size_t place = (first_ + count_) % entries_.size();
  entries_[place] = snapshot;
  extents_[place] = reserved_;
  ++count_;
}

void SnapshotQueue::pop() {
  first_ = (first_ + 1) % entries_.size();
  --count_;
}

}  // namespace descent::runlog

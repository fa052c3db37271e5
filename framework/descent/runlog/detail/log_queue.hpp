#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "descent/base/pool.hpp"

/// What lies between the training thread and the log's writer thread. Internal. These classes have no locks:
/// the writer holds its mutex around every call; memory that was handed out may be filled or read without it.
namespace descent::runlog {

/// The rows of one metric set that are not yet in the file: a ring of fixed capacity.
class RowRing {
 public:
  /// So many rows are worth a write; the thread that writes them may come 5 ms later where they come fast.
  static constexpr std::size_t due_rows = 64;
  /// A flush costs HDF5 much the same for one row as for a thousand: the more wait, the less each costs.
  static constexpr std::size_t capacity = 16 * due_rows;

  /// Rows of step, wall_time and `columns` numbers.
  explicit RowRing(std::size_t columns);

  std::size_t columns() const { return words_ - 2; }
  std::size_t size() const { return size_; }
  bool full() const { return size_ == capacity; }
  bool due() const { return size_ >= due_rows; }
  void push(std::int64_t step, double wall_time, std::span<const double> values);
  /// The bytes of the row that was put in `index` rows after the oldest.
  const std::byte* row(std::size_t index) const;
  /// Forgets the `count` oldest rows.
  void pop(std::size_t count);

 private:
  std::size_t words_;
  std::vector<double> storage_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

/// A snapshot waiting to be written.
struct Snapshot {
  std::size_t series = 0;
  std::int64_t step = 0;
  double limits[2] = {0, 0};  ///< of a histogram
  std::byte* values = nullptr;
};

/// Snapshots that are not yet in the file, in a ring of bytes.
class SnapshotQueue {
 public:
  /// Space for `bytes`, and for two of the largest snapshots at least.
  SnapshotQueue(std::size_t bytes, std::size_t largest_snapshot);

  /// Asks the system for the memory that two of the largest snapshots lie in, which it would otherwise give
  /// page by page while the first ones are copied. Changes no byte: other threads may use the queue
  /// meanwhile.
  void fault_in() const;
  /// Contiguous space behind the last snapshot, or null while there is too little.
  std::byte* reserve(std::size_t bytes);
  /// Makes the space reserved last, now filled, the newest snapshot.
  void push(const Snapshot& snapshot);
  bool empty() const { return count_ == 0; }
  const Snapshot& front() const { return entries_[first_]; }
  void pop();

 private:
  struct Extent {
    std::size_t begin, end;
  };
  static constexpr std::size_t most_snapshots = 4096;

  struct Release {
    std::size_t bytes;
    void operator()(std::byte* memory) const { pool::release(memory, bytes); }
  };

  std::size_t capacity_;
  std::size_t first_used_;
  std::unique_ptr<std::byte[], Release> memory_;
  std::vector<Snapshot> entries_;
  std::vector<Extent> extents_;
  Extent reserved_{0, 0};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace descent::runlog

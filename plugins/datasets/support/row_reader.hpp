#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "array_file.hpp"
#include "descent/base/random.hpp"

namespace descent {

/// Rows of several arrays side by side, row i of one belonging to row i of the others: all of them in memory, or, where
/// they are larger than that may hold, read in blocks of consecutive rows through a cache.
class RowReader {
 public:
  struct Limits {
    std::uint64_t memory;  ///< bytes: arrays that take more in all are read by blocks
    std::uint64_t window;  ///< bytes: how much of them is mixed, and kept, at a time
  };

  /// The arrays have equally many rows. Throws what StoredArray::read() throws.
  RowReader(std::vector<std::unique_ptr<StoredArray>> arrays, const Limits& limits);

  std::int64_t rows() const { return arrays_.front()->rows(); }
  bool by_blocks() const { return block_rows_ > 0; }
  /// A row of each array, in the order of the arrays; valid until the next call.
  std::span<const std::byte* const> row(std::int64_t row) const;
  /// Asks the processor for a row that is read after the next one; does nothing by blocks.
  void touch(std::int64_t row) const;

  /// Writes a random order of [0, indices.size()), in which index i is row `chosen[i]` (or row i, where nothing is chosen;
  /// `chosen` is sorted): blocks come in a random order, and each row is put off by up to a window of blocks. Reading in
  /// this order loads each block once, one at a time. Equal streams give equal orders.
  void order(RandomStream& random, std::span<const std::int64_t> chosen,
             std::span<std::int64_t> indices) const;

 private:
  struct Slot {
    std::int64_t block = -1;
    std::uint64_t used = 0;  // when it was looked at last
    std::unique_ptr<std::byte[]> bytes;
  };
  std::int64_t blocks() const { return (rows() + block_rows_ - 1) / block_rows_; }
  std::int64_t rows_of(std::int64_t block) const;
  const Slot& loaded(std::int64_t block) const;
  void announce_after(std::int64_t block) const;

  std::vector<std::unique_ptr<StoredArray>> arrays_;
  std::vector<std::unique_ptr<std::byte[]>> owned_;  // of each array that is read as a whole
  std::vector<std::uint64_t> offsets_;               // of each array in a slot
  std::int64_t block_rows_ = 0;
  std::int64_t window_ = 0;  // blocks

  // A data set is read by one thread at a time. All are made at the start: a training step takes nothing from the heap.
  mutable std::vector<const std::byte*> row_;
  mutable std::vector<Slot> slots_;
  mutable std::vector<std::int32_t> slot_of_;   // of each block; -1: none
  mutable std::vector<std::int64_t> sequence_;  // of the last order: its blocks, one after the other
  mutable std::vector<std::int64_t> place_;     // of each block in it
  mutable std::vector<std::int64_t> ends_;      // of the parts of an order while it is made
  mutable std::uint64_t now_ = 0;
  mutable std::int64_t last_loaded_ = -1;
};

}  // namespace descent

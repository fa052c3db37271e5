#include "row_reader.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace descent {

namespace {

// Rows are mixed over this many blocks: a block is the smallest part that is read at a time.
constexpr std::uint64_t blocks_in_window = 64;
constexpr std::uint64_t fewest_blocks = 8;
// So many blocks are asked of the disk before they are needed.
constexpr std::int64_t announced_blocks = 3;

}  // namespace

RowReader::RowReader(std::vector<std::unique_ptr<StoredArray>> arrays, const Limits& limits)
    : arrays_(std::move(arrays)), row_(arrays_.size()) {
  std::uint64_t row_bytes = 0;
  for (const auto& array : arrays_)
    if (array->in_memory() == nullptr) row_bytes += array->row_bytes();
  if (row_bytes * static_cast<std::uint64_t>(rows()) <= limits.memory) {
    for (const auto& array : arrays_) {
      owned_.push_back(nullptr);
      if (array->in_memory() != nullptr) continue;
      owned_.back() = std::make_unique_for_overwrite<std::byte[]>(array->bytes());
      array->read(0, array->rows(), owned_.back().get());
    }
    return;
  }
  block_rows_ =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(limits.window / blocks_in_window / row_bytes));
  // Whole chunks of a file that has some, unless the window would be too few of them.
  std::int64_t together = 1;
  for (const auto& array : arrays_) together = std::max(together, array->rows_together());
  const std::int64_t rounded = (block_rows_ + together - 1) / together * together;
  if (static_cast<std::uint64_t>(rounded) * row_bytes <= limits.window / fewest_blocks) block_rows_ = rounded;
  block_rows_ = std::min(block_rows_, rows());
  const std::uint64_t block_bytes = static_cast<std::uint64_t>(block_rows_) * row_bytes;
  window_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(limits.window / block_bytes), 1,
                                     static_cast<std::int64_t>(blocks_in_window));
  std::uint64_t offset = 0;
  for (const auto& array : arrays_) {
    offsets_.push_back(offset);
    if (array->in_memory() == nullptr) offset += static_cast<std::uint64_t>(block_rows_) * array->row_bytes();
  }
  // One more than the window, so that what is put off longest is not lost to the block that has just come.
  slots_.resize(static_cast<std::size_t>(std::min(window_ + 1, blocks())));
  for (Slot& slot : slots_) slot.bytes = std::make_unique_for_overwrite<std::byte[]>(block_bytes);
  const auto count = static_cast<std::size_t>(blocks());
  slot_of_.assign(count, -1);
  sequence_.resize(count);
  std::iota(sequence_.begin(), sequence_.end(), 0);
  place_ = sequence_;
  ends_.resize(count + static_cast<std::size_t>(window_));
}

std::int64_t RowReader::rows_of(std::int64_t block) const {
  return std::min(block_rows_, rows() - block * block_rows_);
}

std::span<const std::byte* const> RowReader::row(std::int64_t row) const {
  if (!by_blocks()) {
    for (std::size_t a = 0; a < arrays_.size(); ++a) {
      const std::byte* begin = owned_[a] ? owned_[a].get() : arrays_[a]->in_memory();
      row_[a] = begin + static_cast<std::uint64_t>(row) * arrays_[a]->row_bytes();
    }
    return row_;
  }
  const std::int64_t block = row / block_rows_;
  const Slot& slot = loaded(block);
  for (std::size_t a = 0; a < arrays_.size(); ++a) {
    const std::byte* whole = arrays_[a]->in_memory();
    const std::int64_t at = whole != nullptr ? row : row - block * block_rows_;
    row_[a] = (whole != nullptr ? whole : slot.bytes.get() + offsets_[a]) +
              static_cast<std::uint64_t>(at) * arrays_[a]->row_bytes();
  }
  return row_;
}

void RowReader::touch(std::int64_t row) const {
  if (by_blocks()) return;
  for (std::size_t a = 0; a < arrays_.size(); ++a) {
    const std::uint64_t size = arrays_[a]->row_bytes();
    const std::byte* begin =
        (owned_[a] ? owned_[a].get() : arrays_[a]->in_memory()) + static_cast<std::uint64_t>(row) * size;
    for (std::uint64_t byte = 0; byte < size; byte += 64) __builtin_prefetch(begin + byte);
  }
}

// The slot of a block, into which it is read where it is in none: the one that was not looked at for longest.
const RowReader::Slot& RowReader::loaded(std::int64_t block) const {
  std::int32_t& of_block = slot_of_[static_cast<std::size_t>(block)];
  ++now_;
  if (of_block >= 0) {
    Slot& slot = slots_[static_cast<std::size_t>(of_block)];
    slot.used = now_;
    return slot;
  }
  const auto oldest = std::min_element(slots_.begin(), slots_.end(),
                                       [](const Slot& a, const Slot& b) { return a.used < b.used; });
  if (oldest->block >= 0) slot_of_[static_cast<std::size_t>(oldest->block)] = -1;
  oldest->block = -1;  // of nothing, should reading fail
  for (std::size_t a = 0; a < arrays_.size(); ++a)
    if (arrays_[a]->in_memory() == nullptr)
      arrays_[a]->read(block * block_rows_, rows_of(block), oldest->bytes.get() + offsets_[a]);
  oldest->block = block;
  oldest->used = now_;
  of_block = static_cast<std::int32_t>(oldest - slots_.begin());
  announce_after(block);
  last_loaded_ = block;
  return *oldest;
}

// Those that follow in the last order, or in the file where that is read from its begin to its end.
void RowReader::announce_after(std::int64_t block) const {
  const auto announce = [&](std::int64_t next) {
    if (slot_of_[static_cast<std::size_t>(next)] >= 0) return;
    for (const auto& array : arrays_)
      if (array->in_memory() == nullptr) array->announce(next * block_rows_, rows_of(next));
  };
  if (last_loaded_ == block - 1 && block + 1 < blocks()) return announce(block + 1);
  const std::int64_t place = place_[static_cast<std::size_t>(block)];
  for (std::int64_t next = place + 1; next <= place + announced_blocks && next < blocks(); ++next)
    announce(sequence_[static_cast<std::size_t>(next)]);
}

namespace {

// Calls use(index, part) for the indices of the blocks of a sequence, where part is the block's place, put off at random.
template <class Use>
void each_put_off(RandomStream random, std::span<const std::int64_t> sequence,
                  std::span<const std::int64_t> chosen, std::int64_t count, std::int64_t block_rows,
                  std::int64_t window, const Use& use) {
  const auto first_of = [&](std::int64_t block) {
    const std::int64_t row = block * block_rows;
    if (chosen.empty()) return std::min(row, count);
    return static_cast<std::int64_t>(std::lower_bound(chosen.begin(), chosen.end(), row) - chosen.begin());
  };
  // Chunks on the stack: a training step takes nothing from the heap.
  std::array<std::int64_t, 256> delays;
  for (std::size_t place = 0; place < sequence.size(); ++place) {
    const std::int64_t end = first_of(sequence[place] + 1);
    for (std::int64_t begin = first_of(sequence[place]); begin < end; begin += std::ssize(delays)) {
      const std::int64_t drawn = std::min<std::int64_t>(std::ssize(delays), end - begin);
      random.below(static_cast<std::uint32_t>(window), delays.data(), drawn);
      for (std::int64_t i = 0; i < drawn; ++i)
        use(begin + i, place + static_cast<std::size_t>(delays[static_cast<std::size_t>(i)]));
    }
  }
}

}  // namespace

void RowReader::order(RandomStream& random, std::span<const std::int64_t> chosen,
                      std::span<std::int64_t> indices) const {
  std::iota(sequence_.begin(), sequence_.end(), 0);
  random.shuffle(sequence_.data(), std::ssize(sequence_));
  for (std::size_t place = 0; place < sequence_.size(); ++place)
    place_[static_cast<std::size_t>(sequence_[place])] = static_cast<std::int64_t>(place);
  // Sorted by parts, by counting: once to see how long they are and once to fill them, with the same numbers.
  std::int64_t key = 0;
  random.below(0x7fffffff, &key, 1);
  const RandomStream delays(stream_key(static_cast<std::uint64_t>(key), "delays"));
  const auto count = std::ssize(indices);
  std::fill(ends_.begin(), ends_.end(), 0);
  each_put_off(delays, sequence_, chosen, count, block_rows_, window_,
               [&](std::int64_t, std::size_t part) { ++ends_[part]; });
  std::exclusive_scan(ends_.begin(), ends_.end(), ends_.begin(), std::int64_t{0});
  each_put_off(delays, sequence_, chosen, count, block_rows_, window_,
               [&](std::int64_t index, std::size_t part) {
                 indices[static_cast<std::size_t>(ends_[part]++)] = index;
               });
  std::int64_t begin = 0;
  for (const std::int64_t end : ends_) {
    random.shuffle(indices.data() + begin, end - begin);
    begin = end;
  }
}

}  // namespace descent

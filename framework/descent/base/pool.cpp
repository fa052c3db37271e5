#include "descent/base/pool.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/scalar.hpp"

namespace descent::pool {

namespace {

struct FreeBlock {
  FreeBlock* next;
};

// Four classes to an octave, from 64 bytes: at most a quarter of a block is waste.
struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

constexpr std::size_t smallest = 64;
constexpr std::size_t size_classes = 256;

SizeClass class_at(std::size_t index) {
  if (index == 0) return {0, smallest};
  const std::size_t base = smallest << (index - 1) / 4, part = (index - 1) % 4 + 1;
  const std::size_t size = base + part * (base / 4);
  return {index, (size + alignment_bytes - 1) / alignment_bytes * alignment_bytes};
}

SizeClass class_of(std::size_t bytes) {
  if (bytes <= smallest) return class_at(0);
  const auto octave =
      static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // bytes lies in (2^octave, 2^(octave + 1)]
  const std::size_t base = std::size_t{1} << octave;
  const std::size_t quarter = base / 4;
  const std::size_t part = (bytes - base + quarter - 1) / quarter;  // 1 to 4
  return class_at((octave - 6) * 4 + part);
}

// Large arrays lie in huge pages where the system grants them: the optimizer walks through several at once,
// and with small pages looking up addresses costs as much as a tenth of the step.
void* from_heap(std::size_t bytes) {
  constexpr std::size_t huge_page = std::size_t{1} << 21;
  constexpr std::size_t most = std::size_t{1} << 40;  // some allocators abort where they are asked for more
  void* memory = nullptr;  // not from aligned_alloc, which wants whole multiples of the alignment
  if (bytes > most || posix_memalign(&memory, bytes < huge_page ? alignment_bytes : huge_page, bytes) != 0)
    throw Error(
        fmt::format("there is no memory for {:.3g} GiB at once", static_cast<double>(bytes) / (1 << 30)));
  if (bytes >= huge_page) madvise(memory, bytes, MADV_HUGEPAGE);  // refused is as good as never asked
  return memory;
}

class Lists {
 public:
  void* take(std::size_t bytes) {
    const SizeClass size = class_of(bytes);
    {
      const std::lock_guard lock(mutex_);
      if (FreeBlock* block = free_[size.index]) {
        free_[size.index] = block->next;
        in_use_ += size.bytes;
        return block;
      }
    }
    void* const block = from_heap(size.bytes);
    const std::lock_guard lock(mutex_);
    from_heap_ += size.bytes;
    in_use_ += size.bytes;
    return block;
  }

  void give_back(void* memory, std::size_t bytes) noexcept {
    const SizeClass size = class_of(bytes);
    const std::lock_guard lock(mutex_);
    in_use_ -= size.bytes;
    auto* block = static_cast<FreeBlock*>(memory);
    block->next = free_[size.index];
    free_[size.index] = block;
  }

  void trim() {
    std::array<FreeBlock*, size_classes> unused{};
    {
      const std::lock_guard lock(mutex_);
      std::swap(unused, free_);
      for (std::size_t index = 0; index < size_classes; ++index)
        for (const FreeBlock* block = unused[index]; block != nullptr; block = block->next)
          from_heap_ -= class_at(index).bytes;
    }
    for (FreeBlock* block : unused)
      while (block != nullptr) std::free(std::exchange(block, block->next));
    malloc_trim(0);
  }

  Usage usage() {
    const std::lock_guard lock(mutex_);
    return {from_heap_, in_use_};
  }

 private:
  std::mutex mutex_;
  std::array<FreeBlock*, size_classes> free_{};
  std::size_t from_heap_ = 0;
  std::size_t in_use_ = 0;
};

// Never destroyed: tensors of static storage may outlive any order of destruction. Reachable, hence no leak.
Lists& lists() {
  static Lists* const instance = new Lists;
  return *instance;
}

}  // namespace

void* allocate(std::size_t bytes) {
  return lists().take(bytes);
}
void release(void* memory, std::size_t bytes) noexcept {
  if (memory != nullptr) lists().give_back(memory, bytes);
}
Usage usage() {
  return lists().usage();
}
void trim() {
  lists().trim();
}

}  // namespace descent::pool

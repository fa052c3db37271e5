#pragma once

#include <cstddef>
#include <new>

#include "descent/base/api.hpp"

namespace descent::pool {

/// Memory for tensors and graph nodes, on 64 bytes. What is released is kept for the next request of its size
/// class, so that after warm-up a training step takes nothing from the heap. Thread-safe. Throws Error where
/// the system gives none.
DESCENT_API void* allocate(std::size_t bytes);
/// `bytes` as it was asked for.
DESCENT_API void release(void* memory, std::size_t bytes) noexcept;

struct Usage {
  std::size_t from_heap;  ///< bytes ever taken from the heap and not given back
  std::size_t in_use;     ///< bytes handed out, as rounded to size classes
};
DESCENT_API Usage usage();

/// Gives the memory that nobody uses now back to the system: after work that needed much more than what follows
/// it, which then takes what it needs from the heap anew.
DESCENT_API void trim();

}  // namespace descent::pool

namespace descent {

/// The pool as a standard allocator, for containers that live for a step.
template <class T>
struct PoolAllocator {
  using value_type = T;
  static_assert(alignof(T) <= 64, "the pool's memory starts on 64 bytes");

  PoolAllocator() = default;
  template <class Other>
  // NOLINTNEXTLINE(google-explicit-constructor): allocators convert
  PoolAllocator(const PoolAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(pool::allocate(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept { pool::release(memory, count * sizeof(T)); }

  template <class Other>
  bool operator==(const PoolAllocator<Other>&) const noexcept {
    return true;
  }
};

}  // namespace descent

#pragma once

#include <cstddef>

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

}  // namespace descent::pool

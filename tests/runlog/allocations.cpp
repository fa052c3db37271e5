#include "runlog/allocations.hpp"

#include <cstdlib>
#include <new>

static thread_local std::int64_t allocations = 0;

std::int64_t descent::allocations_of_this_thread() {
  return allocations;
}

// Every other form of new and delete ends in these.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

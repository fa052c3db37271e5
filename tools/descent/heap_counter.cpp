#include "heap_counter.hpp"

// Shared libraries find malloc and operator new here first: the program's own definitions come before libc's.
// Outside of counted work they only pass on.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

namespace descent::program {
conformance::CountAllocations heap_counter() {
  return {};
}
}  // namespace descent::program

#else

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

// NOLINTBEGIN(bugprone-reserved-identifier): the C library's names
extern "C" void* __libc_malloc(std::size_t bytes);
extern "C" void* __libc_calloc(std::size_t count, std::size_t bytes);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t bytes);
extern "C" void __libc_free(void* memory);
// NOLINTEND(bugprone-reserved-identifier)

namespace {

std::atomic<bool> counting{false};
std::atomic<long> taken{0};

void count(const void* caller) {
  if (!counting.load(std::memory_order_relaxed)) return;
  Dl_info info;
  const bool known = dladdr(caller, &info) != 0 && info.dli_fname != nullptr;
  const bool of_onednn = known && (std::strstr(info.dli_fname, "libdnnl") != nullptr ||
                                   std::strstr(info.dli_fname, "libgomp") != nullptr);
  if (!of_onednn) ++taken;
}

void* checked(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Under names of our own in C++: clang-tidy would have the parameters called as in libc's headers.
extern "C" {
[[gnu::visibility("default")]] void* counted_malloc(std::size_t bytes) __asm__("malloc");
[[gnu::visibility("default")]] void* counted_calloc(std::size_t items, std::size_t bytes) __asm__("calloc");
[[gnu::visibility("default")]] void* counted_aligned_alloc(std::size_t alignment,
                                                           std::size_t bytes) __asm__("aligned_alloc");
[[gnu::visibility("default")]] int counted_posix_memalign(void** out, std::size_t alignment,
                                                          std::size_t bytes) __asm__("posix_memalign");
}

void* counted_malloc(std::size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_malloc(bytes);
}
void* counted_calloc(std::size_t items, std::size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_calloc(items, bytes);
}
void* counted_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
int counted_posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  count(__builtin_return_address(0));
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}

// Through libstdc++'s own operator new every caller would look the same.
void* operator new(std::size_t bytes) {
  count(__builtin_return_address(0));
  return checked(__libc_malloc(bytes));
}
void* operator new[](std::size_t bytes) {
  count(__builtin_return_address(0));
  return checked(__libc_malloc(bytes));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  count(__builtin_return_address(0));
  return checked(__libc_memalign(static_cast<std::size_t>(alignment), bytes));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  count(__builtin_return_address(0));
  return checked(__libc_memalign(static_cast<std::size_t>(alignment), bytes));
}
void operator delete(void* memory) noexcept {
  __libc_free(memory);
}
void operator delete[](void* memory) noexcept {
  __libc_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  __libc_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  __libc_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  __libc_free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  __libc_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  __libc_free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  __libc_free(memory);
}

namespace descent::program {

conformance::CountAllocations heap_counter() {
  return [](const std::function<void()>& work) {
    taken = 0;
    counting = true;
    try {
      work();
    } catch (...) {
      counting = false;
      throw;
    }
    counting = false;
    return taken.load();
  };
}

}  // namespace descent::program

#endif

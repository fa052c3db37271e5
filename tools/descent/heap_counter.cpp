#include "heap_counter.hpp"

// Shared libraries find malloc and operator new here first: the program's own definitions come before libc's.
// Outside of counted work they only pass on.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

namespace descent::program {
conformance::CountAllocations heap_counter() {
  return {};
}
void reserve_memory() {}
const std::atomic<bool>& memory_has_run_out() {
  static const std::atomic<bool> never = false;
  return never;
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
extern "C" void* __libc_realloc(void* memory, std::size_t bytes);
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

constexpr std::size_t reserved_bytes = std::size_t{3} << 20;
std::atomic<void*> reserve{nullptr};
std::atomic<bool> run_out{false};

// What `take()` gets, if need be when the reserve has been given back.
template <class Take>
void* with_reserve(const Take& take) {
  void* memory = take();
  if (memory != nullptr) return memory;
  void* kept = reserve.exchange(nullptr);
  if (kept == nullptr) return nullptr;
  run_out = true;
  __libc_free(kept);
  return take();
}
void* take(std::size_t bytes) {
  return with_reserve([&] { return __libc_malloc(bytes); });
}
void* take_aligned(std::size_t alignment, std::size_t bytes) {
  return with_reserve([&] { return __libc_memalign(alignment, bytes); });
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
[[gnu::visibility("default")]] void* reserving_realloc(void* memory, std::size_t bytes) __asm__("realloc");
[[gnu::visibility("default")]] void* counted_aligned_alloc(std::size_t alignment,
                                                           std::size_t bytes) __asm__("aligned_alloc");
[[gnu::visibility("default")]] int counted_posix_memalign(void** out, std::size_t alignment,
                                                          std::size_t bytes) __asm__("posix_memalign");
}

void* counted_malloc(std::size_t bytes) {
  count(__builtin_return_address(0));
  return take(bytes);
}
void* counted_calloc(std::size_t items, std::size_t bytes) {
  count(__builtin_return_address(0));
  return with_reserve([&] { return __libc_calloc(items, bytes); });
}
void* reserving_realloc(void* memory, std::size_t bytes) {
  if (memory != nullptr && bytes == 0) return __libc_realloc(memory, bytes);  // frees it: null is no failure
  return with_reserve([&] { return __libc_realloc(memory, bytes); });
}
void* counted_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count(__builtin_return_address(0));
  return take_aligned(alignment, bytes);
}
int counted_posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  count(__builtin_return_address(0));
  *out = take_aligned(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}

// Through libstdc++'s own operator new every caller would look the same.
void* operator new(std::size_t bytes) {
  count(__builtin_return_address(0));
  return checked(take(bytes));
}
void* operator new[](std::size_t bytes) {
  count(__builtin_return_address(0));
  return checked(take(bytes));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  count(__builtin_return_address(0));
  return checked(take_aligned(static_cast<std::size_t>(alignment), bytes));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  count(__builtin_return_address(0));
  return checked(take_aligned(static_cast<std::size_t>(alignment), bytes));
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

void reserve_memory() {
  reserve = __libc_malloc(reserved_bytes);
}

const std::atomic<bool>& memory_has_run_out() {
  return run_out;
}

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

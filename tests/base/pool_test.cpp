#include "descent/base/pool.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace pool = descent::pool;

TEST_CASE("memory starts on 64 bytes, whatever its size") {
  for (const std::size_t bytes : {1u, 64u, 65u, 127u, 128u, 129u, 1000u, 5000u, 1u << 20, (1u << 20) + 1}) {
    void* memory = pool::allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
    pool::release(memory, bytes);
  }
}

TEST_CASE("what was released is used again: nothing more comes from the heap") {
  std::vector<std::size_t> sizes;
  for (std::size_t bytes = 1; bytes < 100000; bytes = bytes * 3 / 2 + 1) sizes.push_back(bytes);
  const auto round = [&] {
    std::vector<void*> memory;
    for (const std::size_t bytes : sizes) memory.push_back(pool::allocate(bytes));
    for (std::size_t i = 0; i < sizes.size(); ++i) pool::release(memory[i], sizes[i]);
  };
  round();
  const pool::Usage before = pool::usage();
  for (int i = 0; i < 10; ++i) round();
  CHECK(pool::usage().from_heap == before.from_heap);
  CHECK(pool::usage().in_use == before.in_use);
}

TEST_CASE("blocks do not overlap") {
  constexpr std::size_t count = 100;
  std::vector<unsigned char*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(static_cast<unsigned char*>(pool::allocate(60 + 10 * i)));
    std::fill_n(blocks[i], 60 + 10 * i, static_cast<unsigned char>(i));
  }
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(blocks[i][0] == i);
    CHECK(blocks[i][59 + 10 * i] == i);
    pool::release(blocks[i], 60 + 10 * i);
  }
}

TEST_CASE("the pool gives large blocks of any size") {
  // The sanitizers refuse what glibc grants: a size that is no multiple of the page that it is to begin.
  for (const std::size_t bytes :
       {std::size_t{3} << 20, (std::size_t{5} << 20) + 64, std::size_t{80'000'128}}) {
    auto* const memory = static_cast<std::byte*>(descent::pool::allocate(bytes));
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % descent::alignment_bytes == 0);
    memory[0] = memory[bytes - 1] = std::byte{1};
    descent::pool::release(memory, bytes);
  }
}

TEST_CASE("what nobody uses is given back, and what is used stays") {
  std::vector<std::pair<unsigned char*, std::size_t>> kept;
  for (std::size_t bytes = 1; bytes < 5'000'000; bytes = bytes * 3 / 2 + 1) {
    auto* const memory = static_cast<unsigned char*>(pool::allocate(bytes));
    memory[0] = memory[bytes - 1] = static_cast<unsigned char>(bytes);
    kept.emplace_back(memory, bytes);
    pool::release(pool::allocate(bytes), bytes);
  }
  CHECK(pool::usage().from_heap > pool::usage().in_use);
  pool::trim();
  CHECK(pool::usage().from_heap == pool::usage().in_use);
  for (const auto& [memory, bytes] : kept) {
    CHECK(memory[0] == static_cast<unsigned char>(bytes));
    CHECK(memory[bytes - 1] == static_cast<unsigned char>(bytes));
    pool::release(memory, bytes);
  }
  pool::trim();
  CHECK(pool::usage().from_heap == pool::usage().in_use);
}

TEST_CASE("containers may take their memory from the pool") {
  const std::size_t before = pool::usage().in_use;
  {
    std::vector<int, descent::PoolAllocator<int>> numbers(100, 7);
    CHECK(pool::usage().in_use > before);
    numbers.resize(1000, 8);
    CHECK(numbers[99] == 7);
    CHECK(numbers[999] == 8);
  }
  CHECK(pool::usage().in_use == before);
}

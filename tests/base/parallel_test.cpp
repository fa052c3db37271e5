#include "descent/base/parallel.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/with_threads.hpp"

using namespace descent;

TEST_CASE("every item is worked on once, in parts that begin at multiples of the unit") {
  for (const int threads : {1, 2, 3, 8})
    for (const std::int64_t items : {0, 1, 15, 16, 17, 1000, 1001}) {
      const testing::WithThreads sharing(threads);
      std::vector<int> visits(static_cast<std::size_t>(items));
      std::atomic<bool> aligned = true;
      share_out(items, 1 << 20, 16, [&](std::int64_t begin, std::int64_t end) {
        if (begin % 16 != 0) aligned = false;
        for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      CHECK(visits == std::vector<int>(visits.size(), 1));
      CHECK(aligned);
    }
}

TEST_CASE("work is shared where there is enough of it, and not on threads that ask for none") {
  const testing::WithThreads sharing(2);
  const auto parts = [](std::int64_t items, std::int64_t cost) {
    std::atomic<int> count = 0;
    share_out(items, cost, 1, [&](std::int64_t, std::int64_t) { ++count; });
    return count.load();
  };
  CHECK(parts(2, 1 << 20) == 2);
  CHECK(parts(1, 1 << 20) == 1);
  CHECK(parts(1000, 1) == 1);
  const OnThisThreadOnly alone;
  CHECK(threads() == 1);
  CHECK(parts(2, 1 << 20) == 1);
  int elsewhere = 0;
  std::thread([&] { elsewhere = threads(); }).join();
  CHECK(elsewhere == 2);
}

TEST_CASE("the failure of the first part that fails is reported, after all have ended") {
  const testing::WithThreads sharing(4);
  std::atomic<int> ended = 0;
  const auto work = [&](std::int64_t begin, std::int64_t) {
    ++ended;
    if (begin > 0) throw std::runtime_error(std::to_string(begin));
  };
  CHECK_THROWS_WITH(share_out(4, 1 << 20, 1, work), "1");
  CHECK(ended == 4);
}

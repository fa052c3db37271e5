#include "descent/runlog/log_time.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "descent/runlog/log_reader.hpp"
#include "runlog/example.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

double with_bit_flipped(double seconds, int bit) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(seconds) ^ std::uint64_t{1} << bit);
}

}  // namespace

TEST_CASE("a time with its check is the time, and in order with others") {
  double before = runlog::checked_time(0);
  CHECK(before < 1e-300);
  for (double seconds = 1e-6; seconds < 1e8; seconds *= 1.37) {
    const double checked = runlog::checked_time(seconds);
    CHECK(checked == Approx(seconds).epsilon(1.5e-11));
    CHECK(checked >= before);
    CHECK(runlog::checked_time(checked) == checked);
    CHECK(runlog::has_its_check(checked));
    before = checked;
  }
}

TEST_CASE("no bit of a time flips unseen") {
  for (double seconds = 1e-3; seconds < 1e6; seconds *= 2.3)
    for (int bit = 0; bit < 64; ++bit) {
      INFO(seconds << " bit " << bit);
      CHECK_FALSE(runlog::has_its_check(with_bit_flipped(runlog::checked_time(seconds), bit)));
    }
}

TEST_CASE("a log's last time, that nothing comes after, is not taken for a time when it is damaged") {
  const ScratchFolder directory;
  write_example(directory.path, 30);
  const auto file = directory.path / "log.h5";
  const double last = runlog::LogReader(file).column("train", "wall_time").back();
  std::string bytes = content(file), wanted(sizeof last, '\0');
  std::memcpy(wanted.data(), &last, sizeof last);
  const std::size_t at = bytes.find(wanted);
  REQUIRE(at != std::string::npos);
  const double later = with_bit_flipped(last, 52);
  REQUIRE(later > last);
  std::memcpy(bytes.data() + at, &later, sizeof later);
  std::ofstream(file, std::ios::binary) << bytes;
  const runlog::LogReader damaged(file);
  CHECK(damaged.verify_rows("train", 0, 29).empty());
  REQUIRE(damaged.verify().size() >= 1);
  CHECK_THAT(damaged.verify().front(), Catch::Matchers::Contains("row 29 (step 30)"));
}

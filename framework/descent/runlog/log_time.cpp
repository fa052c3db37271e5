#include "descent/runlog/log_time.hpp"

#include <array>
#include <bit>
#include <cstdint>

#include "descent/base/checksum.hpp"

namespace descent::runlog {

namespace {

constexpr std::uint64_t check_bits = 0xffff;

}  // namespace

double checked_time(double seconds) {
  const std::uint64_t time = std::bit_cast<std::uint64_t>(seconds) & ~check_bits;
  std::array<std::byte, sizeof time> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(time >> (8 * i) & 0xff);
  return std::bit_cast<double>(time | (crc32c(bytes) & check_bits));
}

bool has_its_check(double seconds) {
  return std::bit_cast<std::uint64_t>(checked_time(seconds)) == std::bit_cast<std::uint64_t>(seconds);
}

}  // namespace descent::runlog

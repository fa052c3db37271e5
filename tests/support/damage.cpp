#include "support/damage.hpp"

#include <algorithm>
#include <random>

namespace descent::testing {

std::string damaged(std::string bytes, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t limit) { return random() % std::max(limit, std::size_t{1}); };
  const std::size_t at = below(bytes.size());
  const std::size_t length = std::min(1 + below(std::size_t{1} << below(14)), bytes.size() - at);
  const auto flip = [&](std::size_t where) {
    bytes[where] = static_cast<char>(bytes[where] ^ (1 << below(8)));
  };
  switch (seed % 5) {
    case 0:
      flip(at);
      break;
    case 1:
      for (std::size_t i = 2 + below(50); i > 0; --i) flip(below(bytes.size()));
      break;
    case 2:
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), length, '\0');
      break;
    case 3:
      for (std::size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<char>(random());
      break;
    default:
      bytes.resize(at);
  }
  return bytes;
}

}  // namespace descent::testing

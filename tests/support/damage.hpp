#pragma once

#include <cstdint>
#include <string>

namespace descent::testing {

/// What may happen to a file: bits flip, a range is lost or overwritten, the end is missing.
std::string damaged(std::string bytes, std::uint32_t seed);

}  // namespace descent::testing

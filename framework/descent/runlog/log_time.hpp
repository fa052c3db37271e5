#pragma once

#include "descent/base/api.hpp"

/// Times of rows carry their own check, since no checksum beside them may: two logs of one experiment differ
/// in `wall_time` alone. The 16 lowest bits of the float64 are the lowest of the CRC-32C of its other bits
/// (of its little-endian bytes, with zeros in their place). What is left is exact to 1.5e-11 of the time.
namespace descent::runlog {

/// The time, in seconds, with its check. Of two times the later one stays the later, or they become the same.
DESCENT_API double checked_time(double seconds);

/// Whether it is a time that checked_time() gave.
DESCENT_API bool has_its_check(double seconds);

}  // namespace descent::runlog

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace descent {

/// The rows of data that have no test split of their own, in two parts, each in the order of the data.
struct SetAside {
  std::vector<std::int64_t> training, test;
};

/// Sets rows aside for testing: a random choice that depends on nothing but the numbers of rows, so that every seed is
/// tested on the same ones. `part`: below 1 a fraction of the rows, from 1 on a number of them. Throws Error when that is
/// no whole number, or leaves nothing.
SetAside set_aside(std::int64_t rows, double part, const std::string& option);

}  // namespace descent

#pragma once

#include <string>

#include "floor_parameters.hpp"

namespace descent::bench {

/// How many steps floor and Descent play for a check; no epoch ends within them.
inline constexpr int checked_steps = 25;

/// Throws RunError unless both losses of a step agree to 2e-4 of themselves.
void expect_equal_loss(const std::string& what, int step, double floor, double descent);

/// Throws RunError unless floor and training are 1000 times nearer to each other than the floor is to its
/// start. Returns the sentence that says how near.
std::string expect_equal_parameters(const std::string& what, const FloorParameters::Difference& difference);

}  // namespace descent::bench

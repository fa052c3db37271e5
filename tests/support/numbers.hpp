#pragma once

#include <catch2/catch.hpp>
#include <vector>

#include "descent/base/scalar.hpp"

namespace descent::testing {

inline constexpr bool is_double = sizeof(Scalar) == sizeof(double);

/// How far numbers may be off that were computed in a few steps.
inline constexpr double tolerance = is_double ? 1e-12 : 2e-6;

/// To compare with CHECK_THAT: these numbers, to `tolerance`.
inline auto is(const std::vector<double>& numbers) {
  return Catch::Matchers::Approx(numbers).margin(tolerance).epsilon(tolerance);
}

/// The same after some more steps: to ten times as much.
inline auto is_about(const std::vector<double>& numbers) {
  return Catch::Matchers::Approx(numbers).margin(10 * tolerance).epsilon(10 * tolerance);
}

}  // namespace descent::testing

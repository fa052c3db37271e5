#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/experiment_text.hpp"

/// Half the squared length of named vectors, so that the gradient is the point itself, under an optimizer.
/// `test_distance` measures the length.
inline std::string bowl(const std::string& start, const std::string& optimizer) {
  return "model: {plugin: test_point, start: " + start +
         "}\nloss: test_quadratic\nmetrics: test_distance\ntrainer: {steps: 10000}\noptimizer: " + optimizer +
         "\n";
}

#include "plane_function.hpp"

namespace {

/// (x + 2y − 7)² + (2x + y − 5)²: a bowl with curvatures 2 and 18 that lies across the axes, 0 at its minimum
/// (1, 3). Jamil and Yang, A Literature Survey of Benchmark Functions for Global Optimization Problems, 2013.
class Booth final : public PlaneFunction {
 public:
  Booth() : PlaneFunction("booth") {}

  descent::Variable value(const descent::Variable& x, const descent::Variable& y) const override {
    return square(x + 2 * y - 7) + square(2 * x + y - 5);
  }
};

}  // namespace

DESCENT_LOSS(Booth, "booth", "a quadratic bowl across the axes, minimal at (1, 3)");

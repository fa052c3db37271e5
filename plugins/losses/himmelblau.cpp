#include "plane_function.hpp"

namespace {

/// (x² + y − 11)² + (x + y² − 7)²: 0 at four minima, (3, 2), (−2.805118, 3.131313), (−3.779310, −3.283186)
/// and (3.584428, −1.848127), around a maximum of 181.6165 at (−0.270845, −0.923039). Himmelblau, Applied
/// Nonlinear Programming, 1972.
class Himmelblau final : public PlaneFunction {
 public:
  Himmelblau() : PlaneFunction("himmelblau") {}

  descent::Variable value(const descent::Variable& x, const descent::Variable& y) const override {
    return square(square(x) + y - 11) + square(x + square(y) - 7);
  }
};

}  // namespace

DESCENT_LOSS(Himmelblau, "himmelblau", "four equal minima (Himmelblau, 1972)");

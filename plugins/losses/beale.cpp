#include "plane_function.hpp"

namespace {

/// (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²: flat valleys between steep walls, 0 at its one
/// minimum (3, 0.5), with a saddle at (0, 1). Usually started at (1, 1), Moré, Garbow and Hillstrom, Testing
/// Unconstrained Optimization Software, 1981, problem 5; from Beale, On an Iterative Method for Finding a
/// Local Minimum of a Function of More Than One Variable, 1958.
class Beale final : public PlaneFunction {
 public:
  Beale() : PlaneFunction("beale") {}

  descent::Variable value(const descent::Variable& x, const descent::Variable& y) const override {
    return square(1.5 - x * (1 - y)) + square(2.25 - x * (1 - square(y))) +
           square(2.625 - x * (1 - y * square(y)));
  }
};

}  // namespace

DESCENT_LOSS(Beale, "beale", "flat valleys between steep walls (Beale, 1958), minimal at (3, 0.5)");

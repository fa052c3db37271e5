#include "agreement.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/base/error.hpp"

namespace descent::bench {

void expect_equal_loss(const std::string& what, int step, double floor, double descent) {
  if (std::abs(floor - descent) <= 2e-4 * std::abs(descent)) return;
  throw RunError(fmt::format("{}: at step {} the floor's loss is {:.8g}, but Descent's is {:.8g}", what, step,
                             floor, descent));
}

std::string expect_equal_parameters(const std::string& what, const FloorParameters::Difference& difference) {
  const double apart = std::sqrt(difference.apart_squared), moved = std::sqrt(difference.moved_squared);
  const std::string finding = fmt::format(
      "{}: after {} steps the parameters moved by {:.3g}, and the floor's and "
      "Descent's are {:.2g} apart",
      what, checked_steps, moved, apart);
  if (!(moved > 0 && apart <= 1e-3 * moved)) throw RunError(finding + "; they must do the same work");
  return finding;
}

}  // namespace descent::bench

#include <catch2/catch.hpp>
#include <cmath>

#include "support/experiment_text.hpp"

// The bilinear game min over x, max over y of x·y from (1, 1) with gradient steps of 0.1.

namespace {

double norm_after(int steps, const std::vector<std::string>& overrides) {
  const auto training =
      descent::train::assemble(descent::testing::shipped_experiment("bilinear_game.yaml", overrides));
  while (training->step() < steps) training->play_step();
  const double x = descent::testing::parameter(*training, "x.value")[0];
  const double y = descent::testing::parameter(*training, "y.value")[0];
  return std::hypot(x, y);
}

const double tolerance = sizeof(descent::Scalar) == sizeof(double) ? 1e-9 : 1e-4;

}  // namespace

TEST_CASE("simultaneous play of the bilinear game multiplies the norm by sqrt(1 + h^2) at every step") {
  CHECK(norm_after(100, {"trainer.turns=simultaneous"}) == Approx(2.325860628).epsilon(tolerance));
  CHECK(norm_after(1000, {"trainer.turns=simultaneous"}) == Approx(204.7396182).epsilon(tolerance));
  for (const char* h : {"0.05", "0.3"}) {
    const double expected = std::sqrt(2.0) * std::pow(1 + std::pow(std::stod(h), 2), 50);
    CHECK(norm_after(100, {"trainer.turns=simultaneous", std::string("optimizer.learning_rate=") + h}) ==
          Approx(expected).epsilon(tolerance));
  }
}

TEST_CASE("alternating play of the bilinear game stays on an orbit") {
  CHECK(norm_after(100, {}) == Approx(1.39387953).epsilon(tolerance));
  CHECK(norm_after(1000, {}) == Approx(1.399260536).epsilon(tolerance));
}

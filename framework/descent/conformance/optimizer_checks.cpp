#include "descent/conformance/optimizer_checks.hpp"

#include <array>

namespace descent::conformance {

std::span<const Check> optimizer_checks() {
  static constexpr std::array all = {
      Check{"sphere", "solves the sphere at one of five learning rates", solves_sphere},
      Check{"rosenbrock", "solves Rosenbrock's function at one of five learning rates", solves_rosenbrock},
      Check{"logistic_regression", "solves logistic regression at one of five learning rates",
            solves_logistic_regression},
      Check{"game", "solves a strongly convex-concave game at one of five learning rates", solves_game},
      Check{"clip_norm", "solves the sphere behind a rule that clips the gradient's norm",
            works_with_clipping},
      Check{"threads_and_blocks", "gives the same bits for any number of threads and any block size",
            same_bits_for_threads_and_blocks},
      Check{"save_and_load", "goes on from a saved state with the same bits", goes_on_from_saved_state},
      Check{"options", "every option changes what the rule does", rule_options_have_effects},
      Check{"hard_gradients",
            "zero, huge and non-finite gradients leave finite numbers, or a run that says so",
            survives_hard_gradients},
      Check{"heap", "takes nothing from the heap after the first update", takes_nothing_from_heap},
  };
  return all;
}

}  // namespace descent::conformance

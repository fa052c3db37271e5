#pragma once

#include "descent/conformance/suite.hpp"

/// The optimizer suite's checks, which optimizer_checks() puts together. Internal.
namespace descent::conformance {

// convergence_checks.cpp
/// A problem counts as solved when its gap, at the rule's evaluation point, ends below this share of its
/// start.
inline constexpr double solved_share = 0.01;
Finding solves_sphere(const Subject& subject);
Finding solves_rosenbrock(const Subject& subject);
Finding solves_logistic_regression(const Subject& subject);
Finding solves_game(const Subject& subject);
Finding works_with_clipping(const Subject& subject);

// rule_state_checks.cpp
Finding same_bits_for_threads_and_blocks(const Subject& subject);
Finding goes_on_from_saved_state(const Subject& subject);
Finding rule_options_have_effects(const Subject& subject);
Finding takes_nothing_from_heap(const Subject& subject);

// hard_gradient_checks.cpp
Finding survives_hard_gradients(const Subject& subject);

}  // namespace descent::conformance

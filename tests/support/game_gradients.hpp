#pragma once

#include <string>

#include "descent/train/training.hpp"
#include "support/gradient_check.hpp"

namespace descent::testing {

/// gradient_mismatch() of every player's objective, with respect to all players' parameters as they stand, on
/// `batch`. The game's random numbers are those of step 1. Returns whose gradient differs and where, or
/// nothing when all agree.
std::string game_gradient_mismatch(train::Training& training, const Batch& batch = {},
                                   const GradientCheck& check = {});

/// The length of the player's gradient with respect to all players' parameters, on `batch`, in evaluation
/// mode.
double gradient_norm(train::Training& training, const std::string& player, const Batch& batch = {});

/// The player's gradient with respect to one parameter of any player, on `batch`, in evaluation mode. Throws
/// std::out_of_range when there is none of this name.
std::vector<double> gradient(train::Training& training, const std::string& player,
                             const std::string& parameter, const Batch& batch = {});

/// What the player minimizes, in evaluation mode.
double objective(train::Training& training, const std::string& player, const Batch& batch = {});

}  // namespace descent::testing

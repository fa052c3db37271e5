#pragma once

#include <string>
#include <vector>

#include "run_program.hpp"
#include "support/synthetic_sweep.hpp"

/// Sweeps whose runs have ended, without a run being played. `valley` in the folder.
namespace descent::testing {

Finished descent_in_utf8(const ScratchFolder& folder, const std::vector<std::string>& arguments);

/// Two optimizers, three seeds; sgd at 0.1 always diverges, adam's second seed at 0.1 too.
sweep::FrozenSweep make_sweep(const ScratchFolder& folder);

/// A race to a target on two starts, two seeds each.
void make_race(const ScratchFolder& folder);

}  // namespace descent::testing

#pragma once

#include <memory>

#include "descent/train/training.hpp"

namespace descent::run {

/// Assembles an experiment for a run: with as many threads as it says, batches filled beforehand where it asks
/// for that, and finished runs loaded from their directories. Throws Error with every problem found.
DESCENT_API std::unique_ptr<train::Training> assemble(experiment::Experiment&& experiment);

}  // namespace descent::run

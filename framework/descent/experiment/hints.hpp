#pragma once

#include "descent/config/diagnostics.hpp"
#include "descent/experiment/experiment.hpp"

namespace descent::experiment {

/// The same problems, those of overrides with a hint where one is known: a key that is elsewhere in the
/// experiment (`lr=0.1`: 'optimizer.learning_rate'), and several values for one key, which are a sweep's.
/// `written` is what the files say, `experiment` what could be read, `overrides` what was said of a single run.
Diagnostics with_hints(const Diagnostics& diagnostics, const Value& written, const Experiment& experiment,
                       const std::vector<std::string>& overrides);

}  // namespace descent::experiment

#pragma once

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent::experiment {

/// Replaces the references to other keys in the values of an experiment, `${trainer.steps}` and
/// `${trainer.steps/2 + 100}`, by what stands at those keys, addressed as by apply_override(). A reference that
/// is the whole of a text is replaced by a value of any kind; within a text by its text. Expressions have `+ - *
/// /`, `//` (rounds down) and parentheses over numbers and durations (`20 epochs`). The section `sweep` is left
/// alone: its axes put their values in first. Unknown keys, cycles and values that cannot be computed with are
/// problems with their places; null stands in for them.
DESCENT_API void resolve_references(Value& experiment, Diagnostics& diagnostics);

}  // namespace descent::experiment

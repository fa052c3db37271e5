#pragma once

#include <string>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent {

/// Replaces the `$` of a reference to other keys, such as `${trainer.steps/2}`, until the experiment is complete and the
/// reference is resolved. No text of an experiment can contain it.
inline constexpr char reference_mark = '\0';

/// Whether the text between the braces of `${…}` refers to keys of the experiment rather than to an environment
/// variable: it contains a path with a dot, `trainer.steps`, alone or in an expression.
DESCENT_API bool is_reference(std::string_view inside);

/// Whether a text holds a reference that is not resolved yet.
DESCENT_API bool has_reference(std::string_view text);

}  // namespace descent

#pragma once

#include <string>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent {

/// What stands in a text in place of the `$` of a reference to other keys, `${trainer.steps/2}`, until the
/// experiment is complete and it is resolved. No text of an experiment can hold it.
inline constexpr char reference_mark = '\0';

/// Whether what stands between the braces of `${…}` refers to keys of the experiment, and not to a variable of
/// the environment: it has a path with a dot, `trainer.steps`, alone or in an expression.
DESCENT_API bool is_reference(std::string_view inside);

/// Whether a text holds a reference that is not resolved yet.
DESCENT_API bool has_reference(std::string_view text);

}  // namespace descent

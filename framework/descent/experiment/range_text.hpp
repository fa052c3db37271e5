#pragma once

#include <optional>
#include <string>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::experiment {

/// The axis of a sweep that `text` is short for: `1e-4..1e-1:log:7` is {min: 1e-4, max: 1e-1, scale: log, points:
/// 7}; scale and points may be left out. Nothing for any other text. The values have `location`.
DESCENT_API std::optional<Value> axis_of_range(const std::string& text, const SourceLocation& location);

}  // namespace descent::experiment

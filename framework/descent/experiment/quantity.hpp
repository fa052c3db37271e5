#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "descent/config/value.hpp"

namespace descent::experiment {

/// Computes `text`, an expression of numbers, `+ - * /`, `//` (division, rounded down), parentheses and paths,
/// the value of which `look_up` knows. A path alone gives its value, of any kind; whole numbers stay whole where
/// the result is. Throws Error.
Value evaluate_expression(std::string_view text,
                          const std::function<Value(const std::string& path)>& look_up);

}  // namespace descent::experiment

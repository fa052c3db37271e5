#pragma once

#include <string_view>

#include "descent/config/value.hpp"

namespace descent {

/// The value under `key` of a map that a program wrote, of this kind; a whole number is a number too. Throws Error, with
/// the place, that says what is there instead.
DESCENT_API const Value& required(const Value& map, std::string_view key, Value::Kind kind);

}  // namespace descent

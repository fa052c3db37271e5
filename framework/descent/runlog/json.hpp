#pragma once

#include <string>
#include <string_view>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::runlog {

/// `text` in double quotes, as both JSON and YAML read it; bytes that are no UTF-8 become U+FFFD.
DESCENT_API std::string json_text(std::string_view text);

/// One line of JSON. Numbers that JSON has not become the texts "nan", "inf" and "-inf".
DESCENT_API std::string json(const Value& value);

/// What one text of JSON says; every part of it has `location`. A whole number that does not fit into 64 bits
/// becomes a number. Throws Error with that location, code `syntax`.
DESCENT_API Value parse_json(std::string_view text, const SourceLocation& location);

}  // namespace descent::runlog

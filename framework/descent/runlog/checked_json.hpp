#pragma once

#include <string>
#include <string_view>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

/// Lines of JSON that show where they were changed.
namespace descent::runlog {

/// A map as one line of JSON, with one more key at its end: `checksum`, the CRC-32C of the line before it.
DESCENT_API std::string checked_json(const Value& map);

/// What such a line says, without its checksum; one that has none is taken as it is. Throws Error, with `location`, where
/// the line is no JSON or differs from its checksum.
DESCENT_API Value parse_checked_json(std::string_view line, const SourceLocation& location);

}  // namespace descent::runlog

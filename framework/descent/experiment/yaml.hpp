#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent::experiment {

/// Parses YAML into a Value with places. Closed traps: duplicate keys, `<<` and several documents are errors;
/// aliases are copied; numbers have one grammar (decimal, no leading zero; `1e4` is a whole number); depth
/// and size are bounded.
/// `${NAME}` and `${NAME:-default}` in texts are replaced from the environment; `$${` stands for `${`.
/// `${trainer.steps}` stays (substitute_environment()) for resolve_references(). Below the sections a key without
/// a value is a problem: null is written out. All problems are added. What was read to its end is returned without what was wrong; null otherwise.
DESCENT_API Value parse_yaml(const std::string& text, const std::string& file_name, Diagnostics& diagnostics);
/// Throws Error when the file cannot be read.
DESCENT_API Value read_yaml(const std::filesystem::path& file, Diagnostics& diagnostics);
/// One scalar or flow collection as the command line gives it: `3e-4`, `[1, 2]`, `{plugin: adam}`.
DESCENT_API Value parse_yaml_value(const std::string& text, const std::string& source,
                                   Diagnostics& diagnostics);
/// Writes a Value so that this parser and PyYAML read the same types (but for `${` in texts, which is
/// written `$${`): in blocks, short lists and small maps on one line. Throws Error for a text that is not
/// UTF-8.
DESCENT_API std::string to_yaml(const Value& value);

}  // namespace descent::experiment

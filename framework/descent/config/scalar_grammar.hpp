#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent {

/// What an unquoted YAML scalar stands for: null, true or false, a number, else a text. What other readers of
/// YAML take for a number and this grammar does not (`012`, `0x1f`, `1_000`, `.5`) is a problem that says how
/// to write it.
DESCENT_API Value plain_scalar(const std::string& text, const SourceLocation& location,
                               Diagnostics& diagnostics);

/// A whole number in the grammar of plain_scalar: `128`, `-3`, `1e4`; nothing for any other text.
DESCENT_API std::optional<std::int64_t> whole_number(std::string_view text);

/// `text` with `${NAME}` and `${NAME:-default}` replaced from the environment; the default also replaces
/// an empty variable. `$${` is a literal `${`. Substituted text is not scanned again. References to keys of the
/// experiment, `${trainer.steps}`, are kept, with reference_mark in place of the `$`.
DESCENT_API std::string substitute_environment(const std::string& text, const SourceLocation& location,
                                               Diagnostics& diagnostics);

}  // namespace descent

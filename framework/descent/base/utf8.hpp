#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "descent/base/api.hpp"

/// UTF-8 (RFC 3629): no surrogates, no overlong forms, at most U+10FFFF.
namespace descent::utf8 {

/// The first byte that does not begin a character, or begins one that is cut short; nothing: all is UTF-8.
DESCENT_API std::optional<std::size_t> first_invalid(std::string_view text);

/// The code point that begins at `text[i]`, which must be UTF-8; moves `i` behind it.
DESCENT_API char32_t next(std::string_view text, std::size_t& i);

/// How many code points there are in `text`, which must be UTF-8.
DESCENT_API std::size_t length(std::string_view text);

/// `text` with U+FFFD in the place of every byte that is no part of a character.
DESCENT_API std::string repaired(std::string_view text);

}  // namespace descent::utf8

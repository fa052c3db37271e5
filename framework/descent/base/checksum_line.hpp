#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent {

/// `text` and a last line `# crc32c 0123abcd` with its CRC-32C, which YAML takes for a comment. `text` is empty or ends
/// with a line's end.
DESCENT_API std::string with_checksum_line(std::string text);

/// The text before its line of checksum, or all of it where there is none; nothing where the text is not the one of which
/// the checksum was taken, or goes on after it.
DESCENT_API std::optional<std::string_view> without_checksum_line(std::string_view text);

}  // namespace descent

#include "descent/base/checksum_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "descent/base/checksum.hpp"

namespace descent {

static constexpr std::string_view mark = "# crc32c ";

static std::string line_of(std::string_view text) {
  return fmt::format("{}{:08x}\n", mark, crc32c(std::as_bytes(std::span(text))));
}

std::string with_checksum_line(std::string text) {
  text += line_of(text);
  return text;
}

std::optional<std::string_view> without_checksum_line(std::string_view text) {
  std::size_t at = text.find(mark);
  // Within a line it is no mark, but for the last one: there the end of the line before it is damaged.
  const std::size_t last = text.size() - std::min(text.size(), line_of("").size());
  while (at < last && at > 0 && text[at - 1] != '\n') at = text.find(mark, at + 1);
  if (at == std::string_view::npos || (at > last && text[at - 1] != '\n')) return text;
  const std::string_view content = text.substr(0, at);
  if (text.substr(at) != line_of(content) || (at > 0 && text[at - 1] != '\n')) return std::nullopt;
  return content;
}

}  // namespace descent

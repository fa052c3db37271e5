#include "descent/base/utf8.hpp"

#include <utf8.h>

namespace descent::utf8 {

std::optional<std::size_t> first_invalid(std::string_view text) {
  const auto invalid = ::utf8::find_invalid(text.begin(), text.end());
  if (invalid == text.end()) return std::nullopt;
  return static_cast<std::size_t>(invalid - text.begin());
}

char32_t next(std::string_view text, std::size_t& i) {
  const char* at = text.data() + i;
  const auto code = static_cast<char32_t>(::utf8::unchecked::next(at));
  i = static_cast<std::size_t>(at - text.data());
  return code;
}

std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(::utf8::unchecked::distance(text.begin(), text.end()));
}

std::string repaired(std::string_view text) {
  std::string result;
  while (const auto invalid = first_invalid(text)) {
    result += text.substr(0, *invalid);
    result += "\xEF\xBF\xBD";
    text.remove_prefix(*invalid + 1);
  }
  return result += text;
}

}  // namespace descent::utf8

#include "descent/config/reference.hpp"

#include <algorithm>

namespace descent {

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_reference(std::string_view inside) {
  // `${NAME:-default}` may have dots in its default.
  if (inside.find(":-") != std::string_view::npos) return false;
  for (std::size_t i = 1; i + 1 < inside.size(); ++i)
    if (inside[i] == '.' && (is_letter(inside[i + 1]) || inside[i + 1] == '"' || inside[i + 1] == '\'' ||
                             (inside[i + 1] >= '0' && inside[i + 1] <= '9' && is_letter(inside[0]))))
      return true;
  return false;
}

bool has_reference(std::string_view text) {
  return text.find(reference_mark) != std::string_view::npos;
}

}  // namespace descent

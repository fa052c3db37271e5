#include "descent/runlog/json.hpp"

#include <fmt/format.h>

#include <cmath>

namespace descent::runlog {

namespace {

// The length of the UTF-8 sequence at the front of `text` (RFC 3629), or 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool too_large = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const char letter = text.front();
    if (length == 0)
      result += "\xEF\xBF\xBD";
    else if (letter == '"' || letter == '\\')
      (result += '\\') += letter;
    else if (letter == '\n')
      result += "\\n";
    else if (letter == '\t')
      result += "\\t";
    else if (letter == '\r')
      result += "\\r";
    else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F)
      result += fmt::format("\\u{:04x}", letter);
    else if (letter == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0)
      // Control characters too, which YAML refuses.
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
    else
      result += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result += '"';
}

std::string json(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Value::Kind::integer:
      return fmt::format("{}", value.integer());
    case Value::Kind::number:
      if (std::isfinite(value.number())) return fmt::format("{}", value.number());
      return std::isnan(value.number()) ? "\"nan\"" : value.number() > 0 ? "\"inf\"" : "\"-inf\"";
    case Value::Kind::text:
      return json_text(value.text());
    case Value::Kind::list: {
      std::string result = "[";
      for (const Value& item : value.items()) result += (result.size() > 1 ? ", " : "") + json(item);
      return result + "]";
    }
    case Value::Kind::map: {
      std::string result = "{";
      for (const Value::Entry& entry : value.entries())
        result += (result.size() > 1 ? ", " : "") + json_text(entry.key) + ": " + json(entry.value);
      return result + "}";
    }
  }
  return "";
}

}  // namespace descent::runlog

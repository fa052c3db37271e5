#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "descent/base/text.hpp"
#include "descent/base/utf8.hpp"
#include "descent/config/reference.hpp"
#include "descent/config/scalar_grammar.hpp"
#include "descent/experiment/yaml.hpp"

namespace descent::experiment {

static constexpr std::size_t widest_line = 100;
static constexpr std::size_t most_flow_entries = 8;
static constexpr int deepest_flow = 2;

// Words that YAML 1.1 readers take for booleans or null.
static bool is_reserved(const std::string& text) {
  static const char* const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(std::begin(words), std::end(words), lower) != std::end(words);
}

// `20 epochs`: begins like a number, yet no reader takes it for one.
static bool is_duration(const std::string& text) {
  const std::size_t space = text.find(' ');
  return space != std::string::npos && whole_number(text.substr(0, space)) &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", space + 1) == std::string::npos &&
         space + 1 < text.size();
}

// Whether every reader takes the bare text for itself, in block and in flow style.
static bool is_plain(const std::string& text) {
  if (text.empty() || is_reserved(text)) return false;
  if (is_duration(text)) return true;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text.front()) && text.front() != '_' && text.front() != '/') return false;
  if (text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') ||
           std::string_view("_./-*+ ").find(c) != std::string_view::npos;
  });
}

// Characters that YAML wants escaped: controls, line breaks, and what is no character.
static bool must_escape(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
         code == 0xFFFE || code == 0xFFFF;
}

static std::string quoted(const std::string& text) {
  bool escapes = false;
  for (std::size_t i = 0; i < text.size();) escapes |= must_escape(utf8::next(text, i));
  std::string result;
  if (!escapes) {
    for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
    return fmt::format("'{}'", result);
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t code = utf8::next(text, i);
    if (code == '\n') {
      result += "\\n";
    } else if (code == '\t') {
      result += "\\t";
    } else if (must_escape(code)) {
      const auto number = static_cast<std::uint32_t>(code);
      result += code < 0x100 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{:04x}", number);
    } else {
      if (code == U'"' || code == U'\\') result += '\\';
      result += text.substr(start, i - start);
    }
  }
  return fmt::format("\"{}\"", result);
}

static std::string text_scalar(const std::string& text) {
  if (const auto byte = utf8::first_invalid(text))
    throw Error(fmt::format("a text cannot be written as YAML, for it is not UTF-8 from byte {} on: '{}'",
                            *byte + 1, text.substr(0, *byte)));
  return is_plain(text) ? text : quoted(text);
}

// A text as a value, where `${` would otherwise name a variable; a reference that is not resolved is written as one.
static std::string text_value(const std::string& text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "${") == 0) escaped += '$';
    escaped += text[i] == reference_mark ? '$' : text[i];
  }
  return text_scalar(escaped);
}

// Everything on one line.
static std::string flow(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Value::Kind::integer:
      return std::to_string(value.integer());
    case Value::Kind::number:
      return number_text(value.number());
    case Value::Kind::text:
      return text_value(value.text());
    case Value::Kind::list: {
      std::vector<std::string> items;
      for (const Value& item : value.items()) items.push_back(flow(item));
      return fmt::format("[{}]", join(items));
    }
    case Value::Kind::map: {
      std::vector<std::string> entries;
      for (const auto& entry : value.entries())
        entries.push_back(text_scalar(entry.key) + ": " + flow(entry.value));
      return fmt::format("{{{}}}", join(entries));
    }
  }
  return "";
}

// Whether a list or map, nested `depth` deep at most, reads well on one line.
static bool is_small(const Value& value, int depth) {
  const auto all_small = [&](const auto& children, auto&& child) {
    return depth > 0 && children.size() <= most_flow_entries &&
           std::all_of(children.begin(), children.end(),
                       [&](const auto& c) { return is_small(child(c), depth - 1); });
  };
  if (value.is(Value::Kind::map))
    return value.entries().empty() ||
           all_small(value.entries(), [](const auto& e) -> const Value& { return e.value; });
  if (!value.is(Value::Kind::list)) return true;
  const auto scalar = [](const Value& v) { return !v.is(Value::Kind::list) && !v.is(Value::Kind::map); };
  // A row of numbers may be as long as the line.
  if (std::all_of(value.items().begin(), value.items().end(), scalar)) return true;
  return all_small(value.items(), [](const Value& v) -> const Value& { return v; });
}

static void write(std::string& out, const Value& value, std::size_t indent, bool on_key_line);

static void write_entry(std::string& out, const Value::Entry& entry, std::size_t indent) {
  out += text_scalar(entry.key) + ":";
  write(out, entry.value, indent, true);
}

// Writes ` value` behind `key:` or `-`, or the value on lines of its own, and ends the line.
static void write(std::string& out, const Value& value, std::size_t indent, bool on_key_line) {
  const bool collection = value.is(Value::Kind::list) || value.is(Value::Kind::map);
  const std::size_t line_start = out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n') + 1;
  if (!collection || is_small(value, deepest_flow)) {
    const std::string line = flow(value);
    const bool empty =
        collection && (value.is(Value::Kind::list) ? value.items().empty() : value.entries().empty());
    if (!collection || empty || out.size() - line_start + 1 + line.size() <= widest_line) {
      out += (out.size() == line_start ? "" : " ") + line + "\n";
      return;
    }
  }
  // A list inside of a list, or a map behind its dash, begins on the dash's line.
  bool first = !on_key_line;
  if (first && out.size() > line_start) out += ' ';
  if (on_key_line) out += '\n';
  const auto begin_line = [&] {
    if (!first) out.append(indent, ' ');
    first = false;
  };
  if (value.is(Value::Kind::map)) {
    for (const auto& entry : value.entries()) {
      begin_line();
      write_entry(out, entry, indent + 2);
    }
  } else {
    for (const Value& item : value.items()) {
      begin_line();
      out += "-";
      write(out, item, indent + 2, false);
    }
  }
}

std::string to_yaml(const Value& value) {
  std::string out;
  if (!value.is(Value::Kind::map)) {
    write(out, value, 0, false);
    return out;
  }
  if (value.entries().empty()) return "{}\n";
  // A section a line: what stands at the top never shares one.
  for (const auto& entry : value.entries()) write_entry(out, entry, 2);
  return out;
}

}  // namespace descent::experiment

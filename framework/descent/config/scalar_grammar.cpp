#include "descent/config/scalar_grammar.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "descent/base/text.hpp"
#include "descent/base/utf8.hpp"
#include "descent/config/reference.hpp"

namespace descent {

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static std::string_view leading_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return text.substr(0, count);
}

namespace {

/// The parts of a decimal number as it is written; `valid`: it is one, and nothing follows.
struct Decimal {
  bool valid = false;
  std::string_view sign, whole, fraction, exponent;
  bool has_point = false, has_exponent = false;
};

}  // namespace

// Wider than the grammar: signs, leading zeros and empty parts are looked at by the caller.
static Decimal split_decimal(std::string_view text) {
  Decimal parts;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parts.sign = text.substr(0, 1);
    text.remove_prefix(1);
  }
  parts.whole = leading_digits(text);
  text.remove_prefix(parts.whole.size());
  if (!text.empty() && text[0] == '.') {
    parts.has_point = true;
    parts.fraction = leading_digits(text.substr(1));
    text.remove_prefix(1 + parts.fraction.size());
  }
  if (parts.whole.empty() && parts.fraction.empty()) return parts;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    const std::size_t sign = text.size() > 1 && (text[1] == '-' || text[1] == '+') ? 1 : 0;
    const std::string_view digits = leading_digits(text.substr(1 + sign));
    if (digits.empty()) return parts;
    parts.has_exponent = true;
    parts.exponent = text.substr(1, sign + digits.size());
    text.remove_prefix(1 + parts.exponent.size());
  }
  parts.valid = text.empty();
  return parts;
}

static bool has_leading_zero(const Decimal& parts) {
  return parts.whole.size() > 1 && parts.whole[0] == '0';
}

static bool in_grammar(const Decimal& parts) {
  return parts.valid && parts.sign != "+" && !parts.whole.empty() && !has_leading_zero(parts) &&
         (!parts.has_point || !parts.fraction.empty());
}

// `text` as the grammar wants it; it is a decimal number but for its spelling.
static std::string respelled(const Decimal& parts) {
  std::string whole(parts.whole);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  std::string text = parts.sign == "-" ? "-" : "";
  text += whole.empty() ? "0" : whole;
  if (parts.has_point) text += fmt::format(".{}", parts.fraction.empty() ? "0" : parts.fraction);
  if (parts.has_exponent) text += fmt::format("e{}", parts.exponent);
  return text;
}

// A whole number in base 8 or 16, or with underscores: what it would be in decimal.
static std::optional<std::string> respelled_integer(std::string_view text) {
  std::string digits(text);
  std::string sign;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    if (digits[0] == '-') sign = "-";
    digits.erase(0, 1);
  }
  if (digits.empty() || !is_digit(digits[0])) return std::nullopt;
  const bool underscores = digits.find('_') != std::string::npos;
  std::erase(digits, '_');
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0') {
    if (digits[1] == 'x' || digits[1] == 'X') base = 16;
    if (digits[1] == 'o') base = 8;
    if (digits[1] == 'b') base = 2;
  }
  if (base == 10) {
    const Decimal parts = split_decimal(digits);
    if (underscores && parts.valid) return sign + respelled(parts);
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data() + 2, end, number, base);
  if (stop != end || error != std::errc()) return std::nullopt;
  return sign + std::to_string(number);
}

// What would be right, where `text` looks like a number to others.
static std::optional<std::string> right_spelling(std::string_view text) {
  const Decimal parts = split_decimal(text);
  if (parts.valid) return respelled(parts);
  if (const auto integer = respelled_integer(text)) return integer;
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == ".nan" || lower == ".inf" || lower == "-.inf") return lower;
  if (lower == "+.inf") return ".inf";
  return std::nullopt;
}

// The value of a number that is in the grammar and written with an exponent but without a point, if it is
// whole and fits.
static std::optional<std::int64_t> whole_with_exponent(const Decimal& parts) {
  std::string digits(parts.whole);
  std::string_view exponent_text = parts.exponent;
  if (exponent_text[0] == '+') exponent_text.remove_prefix(1);
  int exponent = 0;
  const auto [stop, error] =
      std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (error != std::errc() || exponent > 18)
    return digits == "0" ? std::optional<std::int64_t>(0) : std::nullopt;
  for (; exponent > 0; --exponent) digits += '0';
  for (; exponent < 0 && digits.size() > 1 && digits.back() == '0'; ++exponent) digits.pop_back();
  if (exponent < 0 && digits != "0") return std::nullopt;
  digits.insert(0, parts.sign);
  std::int64_t number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (result.ec != std::errc()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  const Decimal parts = split_decimal(text);
  if (!in_grammar(parts) || parts.has_point) return std::nullopt;
  if (parts.has_exponent) return whole_with_exponent(parts);
  std::int64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

static Value number_value(const std::string& text, const Decimal& parts, const SourceLocation& location,
                          Diagnostics& diagnostics) {
  if (const auto whole = whole_number(text)) return Value::of(*whole).at(location);
  if (!parts.has_point && !parts.has_exponent) {
    diagnostics.add(location, fmt::format("the whole number {} does not fit into 64 bits; write {}", text,
                                          number_text(std::strtod(text.c_str(), nullptr))));
    return Value::of(std::strtod(text.c_str(), nullptr)).at(location);
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc())
    diagnostics.add(
        location,
        fmt::format("the number {} lies outside of what a double holds: 5.0e-324 to 1.8e+308", text));
  return Value::of(number).at(location);
}

Value plain_scalar(const std::string& text, const SourceLocation& location, Diagnostics& diagnostics) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return Value().at(location);
  if (text == "true" || text == "false") return Value::of(text == "true").at(location);
  const Decimal parts = split_decimal(text);
  if (in_grammar(parts)) return number_value(text, parts, location, diagnostics);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == ".nan") return Value::of(std::numeric_limits<double>::quiet_NaN()).at(location);
  if (text == ".inf") return Value::of(infinity).at(location);
  if (text == "-.inf") return Value::of(-infinity).at(location);
  const auto right = right_spelling(text);
  if (!right) return Value::of(text).at(location);
  diagnostics.add(
      location, fmt::format("'{}' could be read as different numbers; write {}, or '{}' in quotes for a text",
                            text, *right, text));
  // What was most likely meant, so that no second problem follows from this one.
  Diagnostics none;
  return plain_scalar(*right, location, none);
}

static bool is_variable_name(std::string_view name) {
  if (name.empty() || is_digit(name[0])) return false;
  for (const char c : name)
    if (!is_digit(c) && c != '_' && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')) return false;
  return true;
}

// `inside` is what stands between the braces.
static std::string variable_text(std::string_view inside, const SourceLocation& location,
                                 Diagnostics& diagnostics) {
  const std::size_t separator = inside.find(":-");
  const std::string name(inside.substr(0, separator));
  if (!is_variable_name(name)) {
    diagnostics.add(location, fmt::format("'${{{}}}' names no environment variable; write ${{NAME}} or "
                                          "${{NAME:-default}}, a key of the experiment as in "
                                          "${{trainer.steps}}, or $${{ for a plain ${{",
                                          inside));
    return "";
  }
  const char* set = std::getenv(name.c_str());
  if (separator != std::string_view::npos && (set == nullptr || *set == '\0'))
    return std::string(inside.substr(separator + 2));
  if (set == nullptr) {
    diagnostics.add(location,
                    fmt::format("the environment variable {} is not set; set it, or write a default: "
                                "${{{}:-default}}",
                                name, name));
    return "";
  }
  if (utf8::first_invalid(set)) {
    diagnostics.add(location,
                    fmt::format("the environment variable {} holds bytes that are not UTF-8", name));
    return "";
  }
  return set;
}

std::string substitute_environment(const std::string& text, const SourceLocation& location,
                                   Diagnostics& diagnostics) {
  std::string result;
  std::size_t done = 0;
  while (true) {
    const std::size_t start = text.find("${", done);
    if (start == std::string::npos) return result + text.substr(done);
    if (start > done && text[start - 1] == '$') {
      result += text.substr(done, start - 1 - done) + "${";
      done = start + 2;
      continue;
    }
    result += text.substr(done, start - done);
    const std::size_t end = text.find('}', start);
    if (end == std::string::npos) {
      diagnostics.add(location,
                      "'${' is not closed; write ${NAME} or ${NAME:-default}, or $${ for a plain ${");
      return result;
    }
    const std::string_view inside = std::string_view(text).substr(start + 2, end - start - 2);
    if (is_reference(inside))
      result += fmt::format("{}{{{}}}", reference_mark, inside);
    else
      result += variable_text(inside, location, diagnostics);
    done = end + 1;
  }
}

}  // namespace descent

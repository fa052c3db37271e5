#include "descent/analysis/natural_order.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace descent::analysis {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t count_digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

/// ±0.DIGITS · 10^exponent, of any length: exact, where a double would take two long numbers for one.
struct Decimal {
  bool negative = false;
  std::string digits;  ///< without zeros at either end; empty: 0
  std::int64_t exponent = 0;

  // -1, 0 or 1.
  int compare(const Decimal& other) const {
    if (digits.empty() || other.digits.empty()) return sign() - other.sign();
    if (negative != other.negative) return negative ? -1 : 1;
    const int size = exponent != other.exponent ? (exponent < other.exponent ? -1 : 1)
                     : digits == other.digits   ? 0
                     : digits < other.digits    ? -1
                                                : 1;
    return negative ? -size : size;
  }

 private:
  int sign() const { return digits.empty() ? 0 : negative ? -1 : 1; }
};

// Whether a minus here is that of a value.
bool may_have_sign(std::string_view text, std::size_t at) {
  return at == 0 || std::string_view("=[(,: ").find(text[at - 1]) != std::string_view::npos;
}

bool begins_number(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '-' && may_have_sign(text, at)) ++at;
  return at < text.size() && is_digit(text[at]);
}

// The exponent that begins at `at`, where there is one; moves on behind it.
std::int64_t take_exponent(std::string_view text, std::size_t& at) {
  constexpr std::int64_t most = 1'000'000'000;
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return 0;
  std::size_t digit = at + 1;
  const bool negative = digit < text.size() && text[digit] == '-';
  if (digit < text.size() && (text[digit] == '-' || text[digit] == '+')) ++digit;
  const std::size_t count = count_digits(text, digit);
  if (count == 0) return 0;
  std::int64_t exponent = 0;
  for (const char c : text.substr(digit, count)) exponent = std::min(most, 10 * exponent + (c - '0'));
  at = digit + count;
  return negative ? -exponent : exponent;
}

// Of `1.10.2` each part is a number by itself.
bool is_part_of_version(std::string_view text, std::size_t begin, std::size_t whole, std::size_t fraction) {
  const std::size_t end = begin + whole + 1 + fraction;
  const bool more = fraction > 0 && end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]);
  const bool before = begin >= 2 && text[begin - 1] == '.' && is_digit(text[begin - 2]);
  return more || before;
}

Decimal take_number(std::string_view text, std::size_t& at) {
  Decimal number;
  number.negative = text[at] == '-';
  if (number.negative) ++at;
  const std::size_t begin = at, whole = count_digits(text, at);
  number.digits = text.substr(at, whole);
  at += whole;
  number.exponent = static_cast<std::int64_t>(whole);
  const bool has_point = at < text.size() && text[at] == '.';
  const std::size_t fraction = has_point ? count_digits(text, at + 1) : 0;
  if (!is_part_of_version(text, begin, whole, fraction)) {
    if (fraction > 0) {
      number.digits += text.substr(at + 1, fraction);
      at += 1 + fraction;
    }
    number.exponent += take_exponent(text, at);
  }
  const std::size_t zeros = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.digits.erase(0, zeros);
  number.exponent -= static_cast<std::int64_t>(zeros);
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  return number;
}

}  // namespace

bool natural_less(std::string_view left, std::string_view right) {
  std::size_t l = 0, r = 0;
  while (l < left.size() && r < right.size()) {
    if (begins_number(left, l) && begins_number(right, r)) {
      const int order = take_number(left, l).compare(take_number(right, r));
      if (order != 0) return order < 0;
    } else {
      if (left[l] != right[r]) return left[l] < right[r];
      ++l;
      ++r;
    }
  }
  const bool left_ends = l == left.size(), right_ends = r == right.size();
  if (left_ends != right_ends) return left_ends;
  return left < right;  // they differ in how numbers are written, if at all
}

}  // namespace descent::analysis

#include "descent/experiment/quantity.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/base/text.hpp"
#include "descent/config/duration.hpp"
#include "descent/config/scalar_grammar.hpp"

namespace descent::experiment {

namespace {

/// A number, with the unit of a duration (`epochs`) where it has one.
struct Quantity {
  double number = 0;
  std::string unit = {};
};

Quantity quantity_of(const Value& value, const std::string& what) {
  if (value.is_number()) return {value.number()};
  if (const auto duration = parse_duration(value))
    return {static_cast<double>(duration->count), value.text().substr(value.text().find(' ') + 1)};
  throw Error(fmt::format("'{}' is {}, and cannot be computed with", what, value.description()));
}

constexpr double greatest_whole = 9007199254740992;  // 2^53: doubles hold every whole number up to it

Value value_of(const Quantity& quantity) {
  if (!std::isfinite(quantity.number)) throw Error("the result is not a finite number");
  const bool whole =
      quantity.number == std::floor(quantity.number) && std::abs(quantity.number) <= greatest_whole;
  if (!quantity.unit.empty())
    return Value::of(whole ? fmt::format("{} {}", static_cast<std::int64_t>(quantity.number), quantity.unit)
                           : fmt::format("{} {}", number_text(quantity.number), quantity.unit));
  return whole ? Value::of(static_cast<std::int64_t>(quantity.number)) : Value::of(quantity.number);
}

Quantity sum(const Quantity& a, const Quantity& b, double sign) {
  if (a.unit != b.unit)
    throw Error(fmt::format("{} and {} cannot be added", a.unit.empty() ? "a number" : a.unit,
                            b.unit.empty() ? "a number" : b.unit));
  return {a.number + sign * b.number, a.unit};
}

Quantity product(const Quantity& a, const Quantity& b) {
  if (!a.unit.empty() && !b.unit.empty()) throw Error("two durations cannot be multiplied");
  return {a.number * b.number, a.unit.empty() ? b.unit : a.unit};
}

Quantity quotient(const Quantity& a, const Quantity& b) {
  if (b.number == 0) throw Error("a division by 0");
  if (!b.unit.empty() && a.unit != b.unit) throw Error("a division by a duration");
  return {a.number / b.number, b.unit.empty() ? a.unit : ""};
}

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/// Descends through an expression: sums of products of factors.
class Expression {
 public:
  using LookUp = std::function<Value(const std::string&)>;
  Expression(std::string_view text, const LookUp& look_up) : text_(text), look_up_(look_up) {}

  Value value() {
    // A path alone may lead to anything.
    if (const std::string path = next_path(); !path.empty() && (skip_blanks(), at_ == text_.size()))
      return look_up_(path);
    at_ = 0;
    const Quantity result = sums();
    skip_blanks();
    if (at_ < text_.size())
      throw Error(fmt::format("'{}' was not expected in an expression", text_.substr(at_)));
    return value_of(result);
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Quantity sums() {
    Quantity result = products();
    while (true) {
      if (take("+"))
        result = sum(result, products(), 1);
      else if (take("-"))
        result = sum(result, products(), -1);
      else
        return result;
    }
  }
  Quantity products() {
    Quantity result = factor();
    while (true) {
      if (take("*")) {
        result = product(result, factor());
      } else if (take("//")) {
        result = quotient(result, factor());
        result.number = std::floor(result.number);
      } else if (take("/")) {
        result = quotient(result, factor());
      } else {
        return result;
      }
    }
  }
  Quantity factor() {
    constexpr int deepest = 64;
    if (++depth_ > deepest) throw Error(fmt::format("an expression nested more than {} deep", deepest));
    const Quantity result = unguarded_factor();
    --depth_;
    return result;
  }
  Quantity unguarded_factor() {
    if (take("-")) return product({-1}, factor());
    if (take("(")) {
      const Quantity inside = sums();
      if (!take(")")) throw Error("a parenthesis is not closed");
      return inside;
    }
    const std::string word = next_path();
    if (word.empty())
      throw Error(at_ < text_.size()
                      ? fmt::format("a number or a key was expected at '{}'", text_.substr(at_))
                      : "a number or a key was expected at the end");
    if (word[0] >= '0' && word[0] <= '9') return {number(word)};
    return quantity_of(look_up_(word), word);
  }

  double number(std::string word) {
    // `1.0e-3`: the exponent's sign is no operator.
    if ((word.back() == 'e' || word.back() == 'E') && at_ < text_.size() &&
        (text_[at_] == '-' || text_[at_] == '+')) {
      word += text_[at_++];
      while (at_ < text_.size() && in_name(text_[at_])) word += text_[at_++];
    }
    Diagnostics wrong;
    const Value value = plain_scalar(word, {}, wrong);
    if (!wrong.empty() || !value.is_number()) throw Error(fmt::format("'{}' is no number", word));
    return value.number();
  }

  // A path or a number; quoted parts of a path hold anything. Empty: neither begins here.
  std::string next_path() {
    skip_blanks();
    std::string word;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        const std::size_t end = text_.find(c, at_ + 1);
        if (end == std::string_view::npos) throw Error(fmt::format("the quote {} is not closed", c));
        word += text_.substr(at_, end + 1 - at_);
        at_ = end + 1;
      } else if (in_name(c)) {
        word += c;
        ++at_;
      } else {
        break;
      }
    }
    return word;
  }

  std::string_view text_;
  const LookUp& look_up_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Value evaluate_expression(std::string_view text,
                          const std::function<Value(const std::string& path)>& look_up) {
  return Expression(text, look_up).value();
}

}  // namespace descent::experiment

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/error.hpp"

namespace descent {

/// A piece of an experiment: null, a boolean, a whole number, a number, a text, a list or a map, each with
/// its place in the file it came from. It knows nothing of YAML; the experiment room reads and writes it.
/// Maps keep their order.
class DESCENT_API Value {
 public:
  enum class Kind { null, boolean, integer, number, text, list, map };
  struct Entry;

  Value();
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();
  static Value of(bool value);
  static Value of(std::int64_t value);
  static Value of(int value) { return of(static_cast<std::int64_t>(value)); }
  static Value of(double value);
  static Value of(std::string value);
  static Value of(const char* value) { return of(std::string(value)); }
  static Value list();
  static Value list(std::vector<Value> items);
  static Value map();
  static Value map(std::vector<Entry> entries);

  Kind kind() const { return static_cast<Kind>(content_.index()); }
  bool is(Kind kind) const { return this->kind() == kind; }
  /// Whole or not, nan and infinity included.
  bool is_number() const { return is(Kind::number) || is(Kind::integer); }
  /// `a list`, `the text 'adm'`, `the number 0.5`: how a message names it.
  std::string description() const;

  // Programmers' mistake when the kind is another one. number() also takes a whole number.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;
  const std::string& text() const;
  const std::vector<Value>& items() const;
  std::vector<Value>& items();
  const std::vector<Entry>& entries() const;
  std::vector<Entry>& entries();

  /// The value under `key` of a map, or null: absent, or this is no map.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Sets or adds `key`.
  Value& set(const std::string& key, Value value);
  /// Removes `key` if it is there.
  void erase(std::string_view key);

  const SourceLocation& location() const { return location_; }
  Value& at(SourceLocation location);

  /// Same kind and content; places do not count.
  bool operator==(const Value& other) const;

 private:
  // In the order of Kind.
  using Content = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<Value>,
                               std::vector<Entry>>;
  explicit Value(Content content);

  Content content_;
  SourceLocation location_;
};

/// One key of a map, with the key's own place.
struct Value::Entry {
  std::string key;
  Value value;
  SourceLocation key_location;
};

}  // namespace descent

#include "descent/config/value.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"

namespace descent {

// Here, where Entry is complete.
Value::Value() = default;
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

Value Value::of(bool value) {
  Value v;
  v.kind_ = Kind::boolean;
  v.boolean_ = value;
  return v;
}

Value Value::of(std::int64_t value) {
  Value v;
  v.kind_ = Kind::integer;
  v.integer_ = value;
  return v;
}

Value Value::of(double value) {
  Value v;
  v.kind_ = Kind::number;
  v.number_ = value;
  return v;
}

Value Value::of(std::string value) {
  Value v;
  v.kind_ = Kind::text;
  v.text_ = std::move(value);
  return v;
}

Value Value::list() {
  return list(std::vector<Value>{});
}
Value Value::map() {
  return map(std::vector<Entry>{});
}

Value Value::list(std::vector<Value> items) {
  Value v;
  v.kind_ = Kind::list;
  v.items_ = std::move(items);
  return v;
}

Value Value::map(std::vector<Entry> entries) {
  Value v;
  v.kind_ = Kind::map;
  v.entries_ = std::move(entries);
  return v;
}

std::string Value::description() const {
  switch (kind_) {
    case Kind::null:
      return "nothing";
    case Kind::boolean:
      return boolean_ ? "true" : "false";
    case Kind::integer:
      return fmt::format("the number {}", integer_);
    case Kind::number:
      return fmt::format("the number {}", number_text(number_));
    case Kind::text:
      return fmt::format("the text '{}'", text_);
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "";
}

bool Value::boolean() const {
  DESCENT_ASSERT(kind_ == Kind::boolean, "this value is no boolean");
  return boolean_;
}

std::int64_t Value::integer() const {
  DESCENT_ASSERT(kind_ == Kind::integer, "this value is no whole number");
  return integer_;
}

double Value::number() const {
  DESCENT_ASSERT(kind_ == Kind::number || kind_ == Kind::integer, "this value is no number");
  return kind_ == Kind::integer ? static_cast<double>(integer_) : number_;
}

const std::string& Value::text() const {
  DESCENT_ASSERT(kind_ == Kind::text, "this value is no text");
  return text_;
}

const std::vector<Value>& Value::items() const {
  DESCENT_ASSERT(kind_ == Kind::list, "this value is no list");
  return items_;
}

std::vector<Value>& Value::items() {
  DESCENT_ASSERT(kind_ == Kind::list, "this value is no list");
  return items_;
}

const std::vector<Value::Entry>& Value::entries() const {
  DESCENT_ASSERT(kind_ == Kind::map, "this value is no map");
  return entries_;
}

std::vector<Value::Entry>& Value::entries() {
  DESCENT_ASSERT(kind_ == Kind::map, "this value is no map");
  return entries_;
}

const Value* Value::find(std::string_view key) const {
  if (kind_ != Kind::map) return nullptr;
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  return entry == entries_.end() ? nullptr : &entry->value;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Value::set(const std::string& key, Value value) {
  DESCENT_ASSERT(kind_ == Kind::map, "only a map has keys");
  if (Value* present = find(key)) return *present = std::move(value);
  entries_.push_back({key, std::move(value), {}});
  return entries_.back().value;
}

void Value::erase(std::string_view key) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; });
}

Value& Value::at(SourceLocation location) {
  location_ = std::move(location);
  return *this;
}

bool Value::operator==(const Value& other) const {
  if (kind_ != other.kind_) return false;
  switch (kind_) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return boolean_ == other.boolean_;
    case Kind::integer:
      return integer_ == other.integer_;
    case Kind::number:
      return number_ == other.number_ || (number_ != number_ && other.number_ != other.number_);
    case Kind::text:
      return text_ == other.text_;
    case Kind::list:
      return items_ == other.items_;
    case Kind::map:
      return std::equal(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
                        [](const Entry& a, const Entry& b) { return a.key == b.key && a.value == b.value; });
  }
  return false;
}

}  // namespace descent

#include "descent/config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "descent/base/text.hpp"
#include "descent/config/reference.hpp"

namespace descent {

// Here, where Entry is complete.
Value::Value() = default;
// Assigned, not initialized: where memory runs out within it, the copy constructor of libstdc++'s variant takes what it has
// not yet made for one of its alternatives, which it believes never to be absent, and destroys it.
Value::Value(const Value& other) {
  content_ = other.content_;
  location_ = other.location_;
}
Value::Value(Value&& other) noexcept = default;
// The other may be a part of this one: it is taken out before this one's content is destroyed.
Value& Value::operator=(const Value& other) {
  return *this = Value(other);
}
Value& Value::operator=(Value&& other) noexcept {
  Content content = std::move(other.content_);
  SourceLocation location = std::move(other.location_);
  content_ = std::move(content);
  location_ = std::move(location);
  return *this;
}
Value::~Value() = default;

Value::Value(Content content) : content_(std::move(content)) {}

Value Value::of(bool value) {
  return Value(Content(value));
}
Value Value::of(std::int64_t value) {
  return Value(Content(value));
}
Value Value::of(double value) {
  return Value(Content(value));
}
Value Value::of(std::string value) {
  return Value(Content(std::move(value)));
}
Value Value::list() {
  return list(std::vector<Value>{});
}
Value Value::map() {
  return map(std::vector<Entry>{});
}
Value Value::list(std::vector<Value> items) {
  return Value(Content(std::move(items)));
}
Value Value::map(std::vector<Entry> entries) {
  return Value(Content(std::move(entries)));
}

// A reference that is not resolved yet as it was written.
static std::string readable(std::string text) {
  std::replace(text.begin(), text.end(), reference_mark, '$');
  return text;
}

std::string Value::description() const {
  switch (kind()) {
    case Kind::null:
      return "nothing";
    case Kind::boolean:
      return boolean() ? "true" : "false";
    case Kind::integer:
      return fmt::format("the number {}", integer());
    case Kind::number:
      return fmt::format("the number {}", number_text(number()));
    case Kind::text:
      return fmt::format("the text '{}'", readable(text()));
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "";
}

bool Value::boolean() const {
  const bool* value = std::get_if<bool>(&content_);
  DESCENT_ASSERT(value != nullptr, "this value is no boolean");
  return *value;
}

std::int64_t Value::integer() const {
  const auto* value = std::get_if<std::int64_t>(&content_);
  DESCENT_ASSERT(value != nullptr, "this value is no whole number");
  return *value;
}

double Value::number() const {
  if (const auto* whole = std::get_if<std::int64_t>(&content_)) return static_cast<double>(*whole);
  const double* value = std::get_if<double>(&content_);
  DESCENT_ASSERT(value != nullptr, "this value is no number");
  return *value;
}

const std::string& Value::text() const {
  const auto* value = std::get_if<std::string>(&content_);
  DESCENT_ASSERT(value != nullptr, "this value is no text");
  return *value;
}

const std::vector<Value>& Value::items() const {
  const auto* value = std::get_if<std::vector<Value>>(&content_);
  DESCENT_ASSERT(value != nullptr, "this value is no list");
  return *value;
}

std::vector<Value>& Value::items() {
  return const_cast<std::vector<Value>&>(std::as_const(*this).items());
}

const std::vector<Value::Entry>& Value::entries() const {
  const auto* value = std::get_if<std::vector<Entry>>(&content_);
  DESCENT_ASSERT(value != nullptr, "this value is no map");
  return *value;
}

std::vector<Value::Entry>& Value::entries() {
  return const_cast<std::vector<Entry>&>(std::as_const(*this).entries());
}

const Value* Value::find(std::string_view key) const {
  if (!is(Kind::map)) return nullptr;
  const auto entry =
      std::find_if(entries().begin(), entries().end(), [&](const Entry& e) { return e.key == key; });
  return entry == entries().end() ? nullptr : &entry->value;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Value::set(const std::string& key, Value value) {
  DESCENT_ASSERT(is(Kind::map), "only a map has keys");
  if (Value* present = find(key)) return *present = std::move(value);
  entries().push_back({key, std::move(value), {}});
  return entries().back().value;
}

void Value::erase(std::string_view key) {
  if (is(Kind::map)) std::erase_if(entries(), [&](const Entry& entry) { return entry.key == key; });
}

Value& Value::at(SourceLocation location) {
  location_ = std::move(location);
  return *this;
}

static bool same_content(bool a, bool b) {
  return a == b;
}
static bool same_content(std::monostate, std::monostate) {
  return true;
}
static bool same_content(std::int64_t a, std::int64_t b) {
  return a == b;
}
// Two that are no numbers are the same.
static bool same_content(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}
static bool same_content(const std::string& a, const std::string& b) {
  return a == b;
}
static bool same_content(const std::vector<Value>& a, const std::vector<Value>& b) {
  return a == b;
}
static bool same_content(const std::vector<Value::Entry>& a, const std::vector<Value::Entry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
    return left.key == right.key && left.value == right.value;
  });
}

bool Value::operator==(const Value& other) const {
  const auto same = [&](const auto& mine) {
    const auto* theirs = std::get_if<std::decay_t<decltype(mine)>>(&other.content_);
    return theirs != nullptr && same_content(mine, *theirs);
  };
  return std::visit(same, content_);
}

}  // namespace descent

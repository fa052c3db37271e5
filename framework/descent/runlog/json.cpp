#include "descent/runlog/json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "descent/base/utf8.hpp"

namespace descent::runlog {

// Not nlohmann's own writer: files are compared with those of earlier versions byte by byte, and it writes
// `1.0` for `1`, other spaces and other escapes; and YAML refuses the control characters from U+0080 on.
std::string json_text(std::string_view given) {
  const std::string text = utf8::repaired(given);
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t code = utf8::next(text, i);
    if (code == '"' || code == '\\')
      (result += '\\') += static_cast<char>(code);
    else if (code == '\n')
      result += "\\n";
    else if (code == '\t')
      result += "\\t";
    else if (code == '\r')
      result += "\\r";
    else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
      result += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    else
      result.append(text, start, i - start);
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

namespace {

// In the order in which the text has the keys.
using Json = nlohmann::ordered_json;

Value value_of(const Json& node, const SourceLocation& location) {
  switch (node.type()) {
    case Json::value_t::boolean:
      return Value::of(node.get<bool>()).at(location);
    case Json::value_t::number_integer:
      return Value::of(node.get<std::int64_t>()).at(location);
    case Json::value_t::number_unsigned:
      if (node.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return Value::of(node.get<std::int64_t>()).at(location);
      return Value::of(node.get<double>()).at(location);
    case Json::value_t::number_float:
      return Value::of(node.get<double>()).at(location);
    case Json::value_t::string:
      return Value::of(node.get_ref<const std::string&>()).at(location);
    case Json::value_t::array: {
      Value list = Value::list().at(location);
      for (const Json& item : node) list.items().push_back(value_of(item, location));
      return list;
    }
    case Json::value_t::object: {
      Value map = Value::map().at(location);
      for (const auto& [key, value] : node.items())
        map.entries().push_back({key, value_of(value, location), location});
      return map;
    }
    default:
      return Value().at(location);
  }
}

}  // namespace

Value parse_json(std::string_view text, const SourceLocation& location) {
  constexpr int greatest_depth = 64;  // as of experiments
  const auto refuse_towers = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > greatest_depth)
      throw Error(location, fmt::format("nested more than {} deep", greatest_depth), codes::syntax);
    return true;
  };
  try {
    return value_of(Json::parse(text, refuse_towers), location);
  } catch (const Json::exception& failure) {
    throw Error(location, fmt::format("this is no JSON: {}", failure.what()), codes::syntax);
  }
}

}  // namespace descent::runlog

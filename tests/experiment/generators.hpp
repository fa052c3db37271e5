#pragma once

#include <rapidcheck.h>

#include <set>
#include <string>
#include <vector>

#include "descent/config/value.hpp"

/// Texts that YAML readers like to take for something else, and random ones.
inline rc::Gen<std::string> any_text() {
  using namespace rc;
  const auto nasty = gen::elementOf(std::vector<std::string>{
      "yes",    "No",     "on",           "y",           "null",   "~",         "",    "1e3",   "1.5",
      "012",    "0x1f",   ".5",           "1_000",       "+1",     ".nan",      ": ",  "a: b",  "#",
      "a #b",   "a\nb",   "\n",           " x",          "x ",     "-",         "- a", "?",     "? a",
      "'",      "\"",     "\\",           "it's",        "[1]",    "{a",        "*x",  "&x",    "!x",
      "%x",     "@x",     "`x",           "|",           ">",      "=",         "<<",  "---",   "...",
      "\t",     "a\tb",   "2024-01-01",   "1:30",        "true",   "False",     "a,b", "\x7f",  "\u00e4",
      "\u2028", "\ufeff", "\u4e2d\u6587", "\U0001F600",  "\u0085", "20 epochs", "1 e", "a ?b",  "a:",
      ":a",     "$",      "a  b",         "generator.*", "*.bias", "/data/x",   "\r",  "a\r\nb"});
  const auto ascii = gen::container<std::string>(gen::inRange<char>(1, 127));
  return gen::oneOf(nasty, ascii,
                    gen::map(gen::pair(nasty, nasty), [](const auto& p) { return p.first + p.second; }));
}

inline rc::Gen<descent::Value> any_scalar() {
  using namespace rc;
  using descent::Value;
  const auto number =
      gen::map(gen::oneOf(gen::arbitrary<double>(),
                          gen::map(gen::inRange(-330, 310), [](int e) { return std::pow(10.0, e); }),
                          gen::elementOf(std::vector<double>{0.0, -0.0, 1e16, 1e-5, 5e-324, 1e22})),
               [](double n) { return Value::of(n); });
  return gen::oneOf(gen::just(Value()), gen::map(gen::arbitrary<bool>(), [](bool b) { return Value::of(b); }),
                    gen::map(gen::arbitrary<std::int64_t>(), [](std::int64_t n) { return Value::of(n); }),
                    number, gen::map(any_text(), [](const std::string& s) { return Value::of(s); }));
}

inline rc::Gen<descent::Value> any_value(int depth = 4) {
  using namespace rc;
  using descent::Value;
  if (depth == 0) return any_scalar();
  const auto list = gen::mapcat(gen::inRange(0, 5), [depth](int size) {
    return gen::map(gen::container<std::vector<Value>>(static_cast<std::size_t>(size), any_value(depth - 1)),
                    [](std::vector<Value> items) { return Value::list(std::move(items)); });
  });
  const auto map = gen::mapcat(gen::inRange(0, 5), [depth](int size) {
    return gen::map(gen::container<std::vector<std::pair<std::string, Value>>>(
                        static_cast<std::size_t>(size), gen::pair(any_text(), any_value(depth - 1))),
                    [](const std::vector<std::pair<std::string, Value>>& entries) {
                      Value value = Value::map();
                      for (const auto& [key, entry] : entries) value.set(key, entry);
                      return value;
                    });
  });
  return gen::oneOf(any_scalar(), list, map);
}

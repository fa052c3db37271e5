#include "descent/config/required.hpp"

#include <array>
#include <string>

namespace descent {

// In the order of Value::Kind.
static constexpr std::array kind_names = {"nothing", "true or false", "a whole number", "a number",
                                          "a text",  "a list",        "a map"};

const Value& required(const Value& map, std::string_view key, Value::Kind kind) {
  if (!map.is(Value::Kind::map))
    throw Error(map.location(),
                "a map with the key '" + std::string(key) + "' belongs here, not " + map.description(),
                codes::wrong_type);
  const Value* found = map.find(key);
  if (found == nullptr) throw Error(map.location(), "'" + std::string(key) + "' is missing", codes::missing);
  if (!found->is(kind) && !(kind == Value::Kind::number && found->is_number()))
    throw Error(found->location(),
                "'" + std::string(key) + "' is " + kind_names.at(static_cast<std::size_t>(kind)) + ", not " +
                    found->description(),
                codes::wrong_type);
  return *found;
}

}  // namespace descent

#include "descent/runlog/checked_json.hpp"

#include <fmt/format.h>

#include <span>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/json.hpp"

namespace descent::runlog {

static std::string end_of(std::string_view before) {
  return fmt::format("{}\"checksum\": \"{:08x}\"}}", before == "{" ? "" : ", ",
                     crc32c(std::as_bytes(std::span(before))));
}

std::string checked_json(const Value& map) {
  DESCENT_ASSERT(map.find("checksum") == nullptr, "the key 'checksum' is added here");
  std::string line = json(map);
  line.pop_back();  // the brace
  return line + end_of(line);
}

Value parse_checked_json(std::string_view line, const SourceLocation& location) {
  Value value = parse_json(line, location);
  if (value.find("checksum") == nullptr) return value;
  const std::size_t end = line.rfind("\"checksum\"");
  std::string_view before = line.substr(0, end);
  if (before.ends_with(", ")) before.remove_suffix(2);
  if (line.substr(before.size()) != end_of(before))
    throw Error(location, "this line was changed after it was written: it differs from its checksum",
                codes::unreadable);
  value.erase("checksum");
  return value;
}

}  // namespace descent::runlog

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/config/required.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace {

// The value of a key that every event has.
Value take(Value& line, const char* key, Value::Kind kind) {
  try {
    Value value = required(line, key, kind);
    line.erase(key);
    return value;
  } catch (const Error& error) {
    throw error.within(line.location(), "this is no event: ");
  }
}

Event parse_event(const std::string& text, const SourceLocation& location) {
  Value line = parse_json(text, location);
  Event event;
  event.wall_time = take(line, "time", Value::Kind::number).number();
  event.step = take(line, "step", Value::Kind::integer).integer();
  event.kind = take(line, "kind", Value::Kind::text).text();
  event.message = take(line, "message", Value::Kind::text).text();
  event.fields = std::move(line);
  return event;
}

}  // namespace

std::vector<Event> read_events(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / files::events;
  std::vector<Event> events;
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return events;
  std::istringstream stream(read_file(file));
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.empty()) continue;
    try {
      events.push_back(parse_event(line, {file.string(), number, 0}));
    } catch (const Error&) {
      // The end of what one write puts there at once is missing.
      if (!line.ends_with('}')) continue;
      throw;
    }
  }
  return events;
}

}  // namespace descent::runlog

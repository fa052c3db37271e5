#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/runlog/event_log.hpp"

namespace descent::runlog {

namespace {

// JSON, as EventLog writes it, is YAML; what stands in quotes is a text.
Value value_of(const YAML::Node& node) {
  if (node.IsSequence()) {
    Value list = Value::list();
    for (const YAML::Node& item : node) list.items().push_back(value_of(item));
    return list;
  }
  if (node.IsMap()) {
    Value map = Value::map();
    for (const auto& entry : node) map.set(entry.first.Scalar(), value_of(entry.second));
    return map;
  }
  if (!node.IsScalar()) return {};
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return Value::of(text);
  if (text == "true" || text == "false") return Value::of(text == "true");
  const char* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc() && read.ptr == end)
    return Value::of(integer);
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number); read.ec == std::errc() && read.ptr == end)
    return Value::of(number);
  throw std::runtime_error(fmt::format("'{}' is no JSON", text));
}

Event parse_event(const std::string& line) {
  const YAML::Node node = YAML::Load(line);
  if (!node.IsMap()) throw std::runtime_error("no JSON object");
  Event event;
  event.wall_time = node["time"].as<double>();
  event.step = node["step"].as<std::int64_t>();
  event.kind = node["kind"].as<std::string>();
  event.message = node["message"].as<std::string>();
  for (const auto& entry : node) {
    const std::string& key = entry.first.Scalar();
    if (key != "time" && key != "step" && key != "kind" && key != "message")
      event.fields.set(key, value_of(entry.second));
  }
  return event;
}

}  // namespace

std::vector<Event> read_events(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "events.jsonl";
  std::ifstream stream(file, std::ios::binary);
  std::vector<Event> events;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.empty()) continue;
    try {
      events.push_back(parse_event(line));
    } catch (const std::exception& failure) {
      // The end of what one write puts there at once is missing.
      if (!line.ends_with('}')) continue;
      throw Error({file.string(), number, 0}, fmt::format("this is no event: {}", failure.what()));
    }
  }
  return events;
}

}  // namespace descent::runlog

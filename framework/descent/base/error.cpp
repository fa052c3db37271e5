#include "descent/base/error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace descent {

std::string Place::text() const {
  if (line <= 0) return file;
  if (column <= 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

static std::string with_place(const Place& place, const std::string& message) {
  const std::string where = place.text();
  return where.empty() ? message : where + ": " + message;
}

Error::Error(const std::string& message) : std::runtime_error(message) {}
Error::Error(const Place& place, const std::string& message) : std::runtime_error(with_place(place, message)) {}
Error::~Error() = default;

RunError::RunError(const std::string& message) : std::runtime_error(message) {}
RunError::~RunError() = default;

void Problems::add(const Place& place, const std::string& message) { lines_.push_back(with_place(place, message)); }
void Problems::add(const std::string& message) { lines_.push_back(message); }

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  throw Error(fmt::format("{}", fmt::join(lines_, "\n")));
}

void assertion_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s (broken: %s)\n", file, line, message, condition);
  std::abort();
}

}  // namespace descent

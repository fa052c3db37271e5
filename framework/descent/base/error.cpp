#include "descent/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <tuple>

namespace descent {

std::string SourceLocation::text() const {
  if (line <= 0) return file;
  if (column <= 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

static std::string with_location(const SourceLocation& location, const std::string& message) {
  const std::string where = location.text();
  return where.empty() ? message : where + ": " + message;
}

Error::Error(const std::string& message) : std::runtime_error(message) {}
Error::Error(const SourceLocation& location, const std::string& message)
    : std::runtime_error(with_location(location, message)) {}
Error::~Error() = default;

RunError::RunError(const std::string& message) : std::runtime_error(message) {}
RunError::~RunError() = default;

void Diagnostics::add(const SourceLocation& location, const std::string& message) {
  lines_.push_back(with_location(location, message));
  locations_.push_back(location);
}

void Diagnostics::add(const std::string& message) {
  add(SourceLocation{}, message);
}

void Diagnostics::append(const Diagnostics& others) {
  lines_.insert(lines_.end(), others.lines_.begin(), others.lines_.end());
  locations_.insert(locations_.end(), others.locations_.begin(), others.locations_.end());
}

void Diagnostics::sort() {
  std::vector<std::string> files;
  const auto rank = [&](const SourceLocation& location) {
    if (location.line <= 0) return std::numeric_limits<std::ptrdiff_t>::max();
    return std::find(files.begin(), files.end(), location.file) - files.begin();
  };
  for (const SourceLocation& location : locations_)
    if (location.line > 0 && std::find(files.begin(), files.end(), location.file) == files.end())
      files.push_back(location.file);
  std::vector<std::size_t> order(lines_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const SourceLocation &left = locations_[a], &right = locations_[b];
    return std::tuple(rank(left), left.line, left.column) < std::tuple(rank(right), right.line, right.column);
  });
  std::vector<std::string> lines;
  std::vector<SourceLocation> places;
  for (const std::size_t i : order) {
    lines.push_back(std::move(lines_[i]));
    places.push_back(std::move(locations_[i]));
  }
  lines_ = std::move(lines);
  locations_ = std::move(places);
}

void Diagnostics::throw_if_any() const {
  if (lines_.empty()) return;
  throw Error(fmt::format("{}", fmt::join(lines_, "\n")));
}

void assertion_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s (broken: %s)\n", file, line, message, condition);
  std::abort();
}

}  // namespace descent

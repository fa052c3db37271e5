#include "descent/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <tuple>

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
Error::Error(const Place& place, const std::string& message)
    : std::runtime_error(with_place(place, message)) {}
Error::~Error() = default;

RunError::RunError(const std::string& message) : std::runtime_error(message) {}
RunError::~RunError() = default;

void Problems::add(const Place& place, const std::string& message) {
  lines_.push_back(with_place(place, message));
  places_.push_back(place);
}

void Problems::add(const std::string& message) {
  add(Place{}, message);
}

void Problems::append(const Problems& others) {
  lines_.insert(lines_.end(), others.lines_.begin(), others.lines_.end());
  places_.insert(places_.end(), others.places_.begin(), others.places_.end());
}

void Problems::sort() {
  std::vector<std::string> files;
  const auto rank = [&](const Place& place) {
    if (place.line <= 0) return std::numeric_limits<std::ptrdiff_t>::max();
    return std::find(files.begin(), files.end(), place.file) - files.begin();
  };
  for (const Place& place : places_)
    if (place.line > 0 && std::find(files.begin(), files.end(), place.file) == files.end())
      files.push_back(place.file);
  std::vector<std::size_t> order(lines_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Place &left = places_[a], &right = places_[b];
    return std::tuple(rank(left), left.line, left.column) < std::tuple(rank(right), right.line, right.column);
  });
  std::vector<std::string> lines;
  std::vector<Place> places;
  for (const std::size_t i : order) {
    lines.push_back(std::move(lines_[i]));
    places.push_back(std::move(places_[i]));
  }
  lines_ = std::move(lines);
  places_ = std::move(places);
}

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  throw Error(fmt::format("{}", fmt::join(lines_, "\n")));
}

void assertion_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s (broken: %s)\n", file, line, message, condition);
  std::abort();
}

}  // namespace descent

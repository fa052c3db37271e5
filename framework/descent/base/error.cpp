#include "descent/base/error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace descent {

std::string SourceLocation::text() const {
  if (line <= 0) return file;
  if (column <= 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

// what() ends at a NUL, which the data that a message quotes may hold.
static std::string without_nul(std::string text) {
  for (std::size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
    text.replace(at, 1, "\\0");
  return text;
}

std::string Diagnostic::text() const {
  const std::string where = location.text();
  return without_nul(where.empty() ? message : where + ": " + message);
}

static std::string lines_of(const std::vector<Diagnostic>& diagnostics) {
  DESCENT_ASSERT(!diagnostics.empty(), "an Error has at least one diagnostic");
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!lines.empty()) lines += '\n';
    lines += diagnostic.text();
  }
  return lines;
}

Error::Error(const std::string& message) : Error(Diagnostic{{}, message}) {}
Error::Error(const SourceLocation& location, const std::string& message, const char* code)
    : Error(Diagnostic{location, message, code}) {}
Error::Error(Diagnostic diagnostic) : Error(std::vector<Diagnostic>{std::move(diagnostic)}) {}
Error::Error(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(lines_of(diagnostics)),
      diagnostics_(std::make_shared<const std::vector<Diagnostic>>(std::move(diagnostics))) {}
Error::~Error() = default;

Error Error::within(const SourceLocation& location, const std::string& prefix) const {
  std::vector<Diagnostic> seen = *diagnostics_;
  for (Diagnostic& diagnostic : seen) {
    if (diagnostic.location == SourceLocation{}) diagnostic.location = location;
    if (!diagnostic.message.starts_with(prefix)) diagnostic.message.insert(0, prefix);
  }
  return Error(std::move(seen));
}

RunError::RunError(const std::string& message) : std::runtime_error(without_nul(message)) {}
RunError::~RunError() = default;

void assertion_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s (broken: %s)\n", file, line, message, condition);
  std::abort();
}

}  // namespace descent

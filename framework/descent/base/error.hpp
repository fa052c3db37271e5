#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent {

/// A place in a text file; line and column count from 1, and 0 means unknown.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;

  /// `gan_ring.yaml:14:5`, as much of it as is known.
  DESCENT_API std::string text() const;
};

/// A mistake that a user can make and mend: the message says what is wrong and what would be right. Programs
/// catch it at the top and exit with code 2.
class DESCENT_API Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message);
  /// The message is shown behind the place.
  Error(const SourceLocation& location, const std::string& message);
  ~Error() override;
};

/// A run that went wrong although its input was right: a full disk, a plugin that throws. Programs exit with
/// code 1.
class DESCENT_API RunError : public std::runtime_error {
 public:
  explicit RunError(const std::string& message);
  ~RunError() override;
};

/// Collects the problems of an input, so that all of them are reported at once.
class DESCENT_API Diagnostics {
 public:
  void add(const SourceLocation& location, const std::string& message);
  void add(const std::string& message);
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }
  /// Adds those of another collection behind these.
  void append(const Diagnostics& others);
  /// Orders them by file (in the order in which files were first named), line and column; those without a
  /// line come last.
  void sort();
  /// Throws one Error that holds every line, in the order they were added; does nothing when there are none.
  void throw_if_any() const;

 private:
  std::vector<std::string> lines_;
  std::vector<SourceLocation> locations_;
};

/// Prints the broken expectation with its place and aborts.
[[noreturn]] DESCENT_API void assertion_failed(const char* condition, const char* message, const char* file,
                                               int line);

}  // namespace descent

/// For programmers' mistakes only; checked in every build.
#define DESCENT_ASSERT(condition, message) \
  ((condition) ? void(0) : ::descent::assertion_failed(#condition, message, __FILE__, __LINE__))

#pragma once

#include <memory>
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
  bool operator==(const SourceLocation&) const = default;
};

/// The kinds of mistakes that a program may want to tell apart: the values of Diagnostic::code. They are
/// stable; messages may be reworded.
namespace codes {
inline constexpr char invalid[] = "invalid";          ///< anything that has no code of its own
inline constexpr char syntax[] = "syntax";            ///< a text that cannot be parsed
inline constexpr char unreadable[] = "unreadable";    ///< a file that is missing, damaged or not readable
inline constexpr char unknown_key[] = "unknown_key";  ///< a key, section or option that does not exist
inline constexpr char unknown_plugin[] = "unknown_plugin";  ///< no library offers this plugin
inline constexpr char unknown_name[] = "unknown_name";  ///< a metric, player, entry, … that nothing defines
inline constexpr char wrong_type[] = "wrong_type";      ///< a value of another kind, or of another form
inline constexpr char out_of_range[] = "out_of_range";  ///< the right kind, outside of what is allowed
inline constexpr char missing[] = "missing";            ///< something required is absent; subject: its key
inline constexpr char renamed[] = "renamed";            ///< an old name; subject: that name
inline constexpr char conflict[] = "conflict";          ///< each is right, but not both together
}  // namespace codes

/// One mistake in an input.
struct Diagnostic {
  SourceLocation location;
  std::string message;  ///< says what is wrong and what would be right
  std::string code = codes::invalid;
  /// The key or name that it is about; empty where no program needs to know. For `missing`: the absent key,
  /// in the map at `location`.
  std::string subject = {};

  /// `gan_ring.yaml:14:5: message`; the message alone where the location is unknown.
  DESCENT_API std::string text() const;
  bool operator==(const Diagnostic&) const = default;
};

/// Mistakes that a user can make and mend: each message says what is wrong and what would be right. Programs
/// catch it at the top and exit with code 2. what() has a line for each mistake: Diagnostic::text().
class DESCENT_API Error : public std::runtime_error {
 public:
  // No code without a location: `{file, 3, 7}` would be taken for a part of a text.
  explicit Error(const std::string& message);
  Error(const SourceLocation& location, const std::string& message, const char* code = codes::invalid);
  explicit Error(Diagnostic diagnostic);
  explicit Error(std::vector<Diagnostic> diagnostics);
  ~Error() override;

  /// The same mistakes as seen from an outer place: those without a location of their own get `location`,
  /// and every message begins with `prefix`.
  Error within(const SourceLocation& location, const std::string& prefix = "") const;

  /// At least one.
  const std::vector<Diagnostic>& diagnostics() const { return *diagnostics_; }

 private:
  std::shared_ptr<const std::vector<Diagnostic>> diagnostics_;  // shared: copying an exception must not throw
};

/// A run that went wrong although its input was right: a full disk, a plugin that throws. Programs exit with
/// code 1.
class DESCENT_API RunError : public std::runtime_error {
 public:
  explicit RunError(const std::string& message);
  ~RunError() override;
};

/// Prints the broken expectation with its place and aborts.
[[noreturn]] DESCENT_API void assertion_failed(const char* condition, const char* message, const char* file,
                                               int line);

}  // namespace descent

/// For programmers' mistakes only; checked in every build.
#define DESCENT_ASSERT(condition, message) \
  ((condition) ? void(0) : ::descent::assertion_failed(#condition, message, __FILE__, __LINE__))

#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/experiment/experiment.hpp"

namespace descent::experiment {

/// The folder that relative paths written at `place` start from: the file's, or, for the command line, the
/// current one.
DESCENT_API std::filesystem::path folder_of(const SourceLocation& location);
/// `path` made absolute, as if written at `place`.
DESCENT_API std::filesystem::path absolute_path(const std::string& path, const SourceLocation& location);

/// Adds `'trainer.steps' expects A, not B` at the value's place.
DESCENT_API void add_expectation(const std::string& what, const std::string& expected, const Value& given,
                                 Diagnostics& diagnostics);

enum class Minutes { refused, allowed };
/// `20000`, `20000 steps`, `20 epochs`, `10 minutes`; nothing, and a problem, for anything else.
DESCENT_API std::optional<Duration> read_duration(const Value& value, const std::string& what,
                                                  std::int64_t least, Minutes minutes,
                                                  Diagnostics& diagnostics);

/// Reads a map of the experiment key by key. What is absent or null takes its default; what is wrong is
/// added to the problems and takes its default too. Call finish() behind the last key.
class DESCENT_API SectionReader {
 public:
  /// `title` is how messages name the section: `trainer`. `value` may be null; `example` shows the right
  /// form.
  SectionReader(const Value* value, std::string title, const std::string& example, Diagnostics& diagnostics);

  /// The value of a key that is given and not null.
  const Value* find(const std::string& key);
  std::int64_t whole(const std::string& key, std::int64_t default_value, std::int64_t least,
                     std::int64_t most = std::numeric_limits<std::int64_t>::max());
  double number(const std::string& key, double default_value, double least);
  bool flag(const std::string& key, bool default_value);
  std::string text(const std::string& key, const std::string& default_value, const std::string& example);
  /// The place of the word among `words`.
  std::size_t choice(const std::string& key, const std::vector<std::string>& words,
                     std::size_t default_value);
  Duration duration(const std::string& key, Duration default_value, std::int64_t least,
                    Minutes minutes = Minutes::refused);
  /// Adds a problem for every key that was not asked for.
  void finish();

  /// `trainer.steps`
  std::string name_of(const std::string& key) const;
  const SourceLocation& location() const { return location_; }

 private:
  Value map_;
  SourceLocation location_;
  std::string title_;
  std::vector<std::string> known_;
  Diagnostics& diagnostics_;
};

}  // namespace descent::experiment

#pragma once

#include <string>
#include <vector>

#include "descent/base/error.hpp"

namespace descent {

/// Collects the mistakes of an input, so that all of them are reported at once.
class DESCENT_API Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void add(const SourceLocation& location, const std::string& message, const char* code = codes::invalid);
  void add(const std::string& message);
  /// Adds those of an Error that was caught; Error::within() makes them known by an outer place.
  void append(const Error& error);
  /// Adds those of another collection behind these.
  void append(const Diagnostics& others);
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  const std::vector<Diagnostic>& all() const { return all_; }
  /// Whether the same mistake, in every field, was added before.
  bool contains(const Diagnostic& diagnostic) const;
  /// Orders them by file (in the order in which files were first named), line and column; those without a
  /// line come last.
  void sort();
  /// Throws one Error that holds all of them, in the order they were added; does nothing when there are none.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> all_;
};

}  // namespace descent

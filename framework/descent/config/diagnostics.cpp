#include "descent/config/diagnostics.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace descent {

void Diagnostics::add(Diagnostic diagnostic) {
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::add(const SourceLocation& location, const std::string& message, const char* code) {
  add(Diagnostic{location, message, code});
}

void Diagnostics::add(const std::string& message) {
  add(Diagnostic{{}, message});
}

void Diagnostics::append(const Error& error) {
  all_.insert(all_.end(), error.diagnostics().begin(), error.diagnostics().end());
}

void Diagnostics::append(const Diagnostics& others) {
  all_.insert(all_.end(), others.all_.begin(), others.all_.end());
}

bool Diagnostics::contains(const Diagnostic& diagnostic) const {
  return std::find(all_.begin(), all_.end(), diagnostic) != all_.end();
}

void Diagnostics::sort() {
  std::vector<std::string> files;
  for (const Diagnostic& diagnostic : all_) {
    const SourceLocation& location = diagnostic.location;
    if (location.line > 0 && std::find(files.begin(), files.end(), location.file) == files.end())
      files.push_back(location.file);
  }
  const auto key = [&](const Diagnostic& diagnostic) {
    const SourceLocation& location = diagnostic.location;
    const auto rank = location.line <= 0
                          ? std::numeric_limits<std::ptrdiff_t>::max()
                          : std::find(files.begin(), files.end(), location.file) - files.begin();
    return std::tuple(rank, location.line, location.column);
  };
  std::stable_sort(all_.begin(), all_.end(),
                   [&](const Diagnostic& left, const Diagnostic& right) { return key(left) < key(right); });
}

void Diagnostics::throw_if_any() const {
  if (!all_.empty()) throw Error(all_);
}

}  // namespace descent

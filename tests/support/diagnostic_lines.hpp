#pragma once

#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"

namespace descent::testing {

/// Each as an Error prints it.
inline std::vector<std::string> lines_of(const Diagnostics& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics.all()) lines.push_back(diagnostic.text());
  return lines;
}

}  // namespace descent::testing

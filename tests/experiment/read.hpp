#pragma once

#include <string>

#include "descent/experiment/yaml.hpp"
#include "support/diagnostic_lines.hpp"

/// All problems of reading `text`, as lines; empty: there are none.
inline std::string problems_of(const std::string& text) {
  descent::Diagnostics diagnostics;
  descent::experiment::parse_yaml(text, "test.yaml", diagnostics);
  std::string lines;
  for (const std::string& line : descent::testing::lines_of(diagnostics))
    lines += (lines.empty() ? "" : "\n") + line;
  return lines;
}

/// The value of `text`, which must have no problems.
inline descent::Value read(const std::string& text) {
  descent::Diagnostics diagnostics;
  descent::Value value = descent::experiment::parse_yaml(text, "test.yaml", diagnostics);
  diagnostics.throw_if_any();
  return value;
}

#pragma once

#include <string>

#include "descent/experiment/yaml.hpp"

/// All problems of reading `text`, as lines; empty: there are none.
inline std::string problems_of(const std::string& text) {
  descent::Problems problems;
  descent::parse_yaml(text, "test.yaml", problems);
  std::string lines;
  for (const std::string& line : problems.lines()) lines += (lines.empty() ? "" : "\n") + line;
  return lines;
}

/// The value of `text`, which must have no problems.
inline descent::Value read(const std::string& text) {
  descent::Problems problems;
  descent::Value value = descent::parse_yaml(text, "test.yaml", problems);
  problems.throw_if_any();
  return value;
}

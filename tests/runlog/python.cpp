#include "runlog/python.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace descent {

bool succeeds(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

std::string python_with(const std::string& modules) {
  for (const std::string python : {"python3", "/usr/bin/python3", "python"})
    if (succeeds(python + " -c 'import " + modules + "'")) return python;
  return "";
}

bool python_runs(const std::string& modules, const std::string& arguments) {
  const std::string python = python_with(modules);
  if (python.empty()) {
    WARN("skipped: no python3 with " << modules);
    return true;
  }
  return std::system((python + " " DESCENT_SOURCE_DIR "/tests/runlog/" + arguments).c_str()) == 0;
}

}  // namespace descent

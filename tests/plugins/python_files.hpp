#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

/// Runs Python in a folder, with `np` for numpy: files that others wrote. False, and a warning, where there is no Python that
/// has the modules.
inline bool python_writes(const std::filesystem::path& folder, const std::string& code,
                          const std::string& modules = "numpy") {
  if (std::system(("/usr/bin/python3 -c 'import " + modules + "' >/dev/null 2>&1").c_str()) != 0) {
    WARN("skipped: no python3 with " << modules);
    return false;
  }
  const std::string command =
      "cd '" + folder.string() + "' && /usr/bin/python3 -c \"import numpy as np\n" + code + "\"";
  REQUIRE(std::system(command.c_str()) == 0);
  return true;
}

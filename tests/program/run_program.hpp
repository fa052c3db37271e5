#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace descent::testing {

/// What a finished program leaves.
struct Finished {
  int exit_code;  ///< 128 + N when signal N killed it
  std::string output;
  std::string errors;
};

/// Starts `command` in `folder` without a terminal and waits. `environment` adds `NAME=value` entries.
Finished run_program(const std::vector<std::string>& command, const std::filesystem::path& folder,
                     const std::vector<std::string>& environment = {});
/// Like run_program, but sends `signal` once the program has written `awaited` to its standard error.
Finished run_and_signal(const std::vector<std::string>& command, const std::filesystem::path& folder,
                        const std::string& awaited, int signal);

/// The program that was built here.
std::string descent_program();

}  // namespace descent::testing

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
/// Runs it in the folder with these arguments.
Finished descent_in(const ScratchFolder& folder, std::vector<std::string> arguments,
                    const std::vector<std::string>& environment = {});

/// The same; checks that it ended with 0. What it printed, standard error last.
std::string played(const ScratchFolder& folder, const std::vector<std::string>& arguments);

/// Checks that it was refused as wrong input, without output, for a reason that contains `why`.
void refused(const Finished& finished, const std::string& why);

}  // namespace descent::testing

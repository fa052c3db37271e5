#pragma once

#include <functional>
#include <string>
#include <vector>

#include "descent/run/run.hpp"

namespace descent::program {

/// Trains: shows progress and takes signals while `train` runs with the options it is given, prints how it
/// ended, and returns the program's exit code.
int play(bool quiet, const std::vector<std::string>& command_line,
         const std::function<run::RunResult(run::RunOptions&)>& train);

}  // namespace descent::program

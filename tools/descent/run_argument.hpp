#pragma once

#include <filesystem>
#include <string>

namespace descent::program {

class Command;

/// `RUN`: the directory of a run, or a file in it.
void add_run_directory(Command& command, std::string& run);
/// The directory that RUN names. Throws Error when there is nothing.
std::filesystem::path run_directory_at(const std::string& run);

}  // namespace descent::program

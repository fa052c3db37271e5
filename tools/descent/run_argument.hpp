#pragma once

#include <filesystem>
#include <string>

#include "descent/run/trained_run.hpp"

namespace descent::program {

class Command;

/// `RUN`: the directory of a run, or a file in it.
void add_run_directory(Command& command, std::string& run);
/// The directory that RUN names. Throws Error when there is nothing.
std::filesystem::path run_directory_at(const std::string& run);

/// `--accept-changed-plugins`, of commands that look at a trained run.
void add_changed_plugins(Command& command, run::ChangedPlugins& changed_plugins);

}  // namespace descent::program

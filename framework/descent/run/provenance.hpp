#pragma once

#include <string>
#include <vector>

#include "descent/config/value.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::run {

/// What is worth knowing of how and where a run was made: versions, git commit, host, processor, compiler and
/// flags, threads, command line, and what the environment says to the libraries that compute. For the log's root attributes.
Value provenance(const experiment::Experiment& experiment, const std::vector<std::string>& arguments);

/// The part of it that says which program and machine compute, whatever the experiment.
Value machine_provenance();

/// Every plugin that the experiment names, each once.
std::vector<PluginInfo> used_plugins(const experiment::Experiment& experiment);
/// The same with the SHA-256 of their files.
std::vector<runlog::PluginRow> plugin_rows(const experiment::Experiment& experiment);

}  // namespace descent::run

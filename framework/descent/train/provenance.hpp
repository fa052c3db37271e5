#pragma once

#include <string>
#include <vector>

#include "descent/base/value.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/runlog/schema.hpp"

namespace descent {

/// What is worth knowing of how and where a run was made: versions, git commit, host, processor, compiler and
/// flags, threads, command line. For the log's root attributes.
Value provenance(const Experiment& experiment, const std::vector<std::string>& arguments);

/// Every plugin that the experiment names, each once.
std::vector<PluginInfo> used_plugins(const Experiment& experiment);
/// The same with the SHA-256 of their files.
std::vector<PluginRow> plugin_rows(const Experiment& experiment);

}  // namespace descent

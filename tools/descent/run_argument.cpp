#include "run_argument.hpp"

#include "command_line.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"

namespace descent::program {

namespace fs = std::filesystem;

void add_run_directory(Command& command, std::string& run) {
  command.argument("RUN", run, "the run's directory, or a file in it");
}

fs::path run_directory_at(const std::string& run) {
  const fs::path location = fs::path(run).lexically_normal();
  if (!fs::exists(location)) throw Error("there is no run '" + run + "'");
  if (analysis::is_other_file(location) && analysis::is_run(fs::absolute(location).parent_path()))
    return analysis::run_at(location);  // says why not
  if (!fs::is_directory(location)) return location.has_parent_path() ? location.parent_path() : ".";
  return location.has_filename() || !location.has_parent_path() ? location : location.parent_path();
}

void add_changed_plugins(Command& command, run::ChangedPlugins& changed_plugins) {
  command.flag(
      "--accept-changed-plugins", [&] { changed_plugins = run::ChangedPlugins::accepted; },
      "look at the run with plugins that were built anew since");
}

}  // namespace descent::program

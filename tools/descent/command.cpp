#include "command.hpp"

#include <CLI/CLI.hpp>

#include "descent/base/error.hpp"

namespace descent::program {

void add_plugin_path(CLI::App& command, std::vector<std::string>& folders) {
  // One folder for each time it is said: a greedy list would swallow the experiment's file.
  command.add_option("--plugin-path", folders, "look for plugins in DIR too; may be given several times")
      ->type_name("DIR")
      ->type_size(1)
      ->allow_extra_args(false);
}

void add_experiment(CLI::App& command, std::string& file, std::vector<std::string>& overrides) {
  command.add_option("FILE", file, "the experiment, in YAML")->required()->option_text(" ");
  command.add_option("key=value", overrides, "change one value of the experiment, as often as wanted")
      ->option_text(" ");
}

Registry make_registry(const std::vector<std::string>& folders) {
  Registry registry;
  for (const std::string& folder : folders) {
    if (!std::filesystem::is_directory(folder))
      throw Error("--plugin-path " + folder + ": there is no such folder");
    registry.add_folder(folder);
  }
  registry.add_standard_folders();
  return registry;
}

}  // namespace descent::program

#include "command.hpp"

#include "descent/base/error.hpp"
#include "descent/plugin/registry.hpp"

namespace descent::program {

void add_plugin_path(Command& command, std::vector<std::string>& folders) {
  command.option("--plugin-path DIR", folders, "look for plugins in DIR too; may be given several times");
}

void add_experiment(Command& command, std::string& file, std::vector<std::string>& overrides) {
  command.argument("FILE", file, "the experiment, in YAML");
  command.optional_argument("key=value", overrides, "change one value of the experiment, as often as wanted");
}

Registry make_registry(const std::vector<std::string>& folders) {
  Registry registry;
  for (const std::string& folder : folders) {
    if (!std::filesystem::is_directory(folder))
      throw Error("--plugin-path " + folder + ": there is no such folder");
    if (const auto reason = distrust_of_folder(folder)) throw Error("--plugin-path " + *reason);
    registry.add_folder(folder);
  }
  registry.add_standard_folders();
  return registry;
}

}  // namespace descent::program

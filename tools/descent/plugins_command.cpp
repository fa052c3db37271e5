#include <fmt/core.h>

#include <memory>
#include <optional>
#include <set>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/registry.hpp"
#include "language_page.hpp"
#include "manual_page.hpp"
#include "output.hpp"
#include "plugin_kind.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string kind;
  std::string name;
  std::vector<std::string> plugin_path;
};

/// Prints one row for each plugin; false when one of them could not be loaded.
bool print_table(Registry& registry, std::optional<PluginKind> only) {
  const Terminal terminal = terminal_of(stdout);
  Table table{{"kind", "name", "summary"}, {}, {}, "", {}};
  bool all_loaded = true;
  std::set<std::pair<PluginKind, std::string>> names;
  for (const PluginInfo& info : registry.plugins())
    if (!only || info.kind == *only) names.emplace(info.kind, info.name);
  for (const auto& [kind, name] : names) {
    std::string summary;
    try {
      summary = registry.load(kind, name).descriptor().summary;
    } catch (const std::exception& error) {
      summary = fmt::format("cannot be used: {}", error.what());
      all_loaded = false;
    }
    table.rows.push_back({kind_name(kind), name, summary});
  }
  if (!table.rows.empty()) {
    print(terminal, table);
    print(
        "\n'descent plugins KIND NAME' shows the manual page of one; 'descent plugins schedule', "
        "'network', 'initializer'\nand 'transform' what their options may hold.\n");
  } else {
    std::vector<std::string> folders;
    for (const auto& folder : registry.folders()) folders.push_back(folder.string());
    print("No plugins{} in: {}\n", only ? fmt::format(" of kind {}", kind_name(*only)) : "",
          folders.empty() ? "no folder was found to look in" : join(folders));
  }
  for (const std::string& problem : registry.diagnostics()) print(stderr, "refused: {}\n", problem);
  return all_loaded;
}

int plugins(const Arguments& arguments) {
  if (const auto topic = topic_of(arguments.kind)) {
    Registry registry = make_registry(arguments.plugin_path);
    print_language_page(terminal_of(stdout), registry, *topic, arguments.name);
    return exit_done;
  }
  Registry registry = make_registry(arguments.plugin_path);
  bool all_loaded = true;
  if (arguments.kind.empty()) {
    all_loaded = print_table(registry, std::nullopt);
  } else if (arguments.name.empty()) {
    all_loaded = print_table(registry, kind_of(arguments.kind, topic_names()));
  } else {
    const PluginKind kind = kind_of(arguments.kind, topic_names());
    print_manual_page(terminal_of(stdout),
                      registry.load(kind, arguments.name, std::filesystem::current_path()));
  }
  for (const std::string& warning : registry.warnings()) print(stderr, "warning: {}\n", warning);
  return all_loaded ? exit_done : exit_failed;
}

}  // namespace

void add_plugins(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("plugins", "List the plugins there are, or show a manual page");
  command.optional_argument(
      "KIND", arguments->kind,
      "optimizer, model, layer, loss, dataset or metric; or schedule, network, initializer or transform");
  command.optional_argument("NAME", arguments->name, "its name, or the path of a library");
  add_plugin_path(command, arguments->plugin_path);
  command.footer(
      R"(Plugins are looked for in the folders of --plugin-path, of the environment's DESCENT_PLUGIN_PATH (separated by
colons), in ~/.local/share/descent/plugins, and where Descent's own are.

Examples:
  descent plugins
  descent plugins optimizer
  descent plugins optimizer adam
  descent plugins schedule cosine
  descent plugins optimizer ./build/optimizer_lion.so)");
  command.action([arguments] { return plugins(*arguments); });
}

}  // namespace descent::program

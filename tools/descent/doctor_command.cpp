#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <boost/version.hpp>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "command.hpp"
#include "descent/base/build_info.hpp"
#include "descent/kernels/gemm.hpp"
#include "descent/plugin/library.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/environment.hpp"
#include "library_versions.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;
using Facts = std::vector<std::vector<std::string>>;

void print_facts(const Terminal& terminal, const std::string& title, const Facts& facts) {
  std::size_t width = 0;
  for (const auto& fact : facts) width = std::max(width, display_width(fact[0]));
  print("{}\n", terminal.bold(title));
  for (const auto& fact : facts) print("  {:{}}  {}\n", fact[0], width, fact[1]);
  print("\n");
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown (/proc/cpuinfo does not say)";
}

/// The file that a function's code was loaded from.
std::string library_of(const void* function) {
  Dl_info info{};
  return dladdr(function, &info) != 0 && info.dli_fname != nullptr
             ? fs::weakly_canonical(info.dli_fname).string()
             : "unknown";
}

Facts build_facts() {
  const BuildInfo& info = build_info();
  const std::string commit = *info.git_commit == '\0'
                                 ? "built outside of a git checkout"
                                 : std::string(info.git_commit) + (info.git_dirty ? ", changed" : "");
  return {{"version", info.version},
          {"commit", commit},
          {"program", fs::read_symlink("/proc/self/exe").string()},
          {"library", library_of(reinterpret_cast<const void*>(&host_abi))},
          {"scalar", info.scalar},
          {"compiler", info.compiler},
          {"flags", wrapped(info.flags, std::string::npos).front()},
          {"build type", info.build_type},
          {"-march", *info.instruction_set == '\0' ? "the compiler's default" : info.instruction_set},
          {"sanitizers", *info.sanitizers == '\0' ? "none" : info.sanitizers},
          {"plugin ABI", std::string(host_abi())}};
}

/// What the environment says to the libraries that compute.
Facts environment_facts() {
  Facts facts;
  for (const run::EnvironmentVariable& variable : run::computing_environment())
    facts.push_back({variable.name, variable.value});
  return facts;
}

Facts library_facts() {
  return {{"Boost",
           fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"yaml-cpp", yaml_cpp_version},
          {"Eigen", eigen_version},
          {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"HDF5", hdf5_version},
          {"CLI11", cli11_version},
          {"GEMM", gemm_library()}};
}

/// The folders that the environment names and that are not there: a misspelt one is skipped in silence
/// otherwise.
std::vector<std::string> missing_folders() {
  std::vector<std::string> missing;
  const char* path = std::getenv("DESCENT_PLUGIN_PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (!folder.empty() && !fs::is_directory(folder))
      missing.push_back(fmt::format("DESCENT_PLUGIN_PATH names {}, which is no folder", folder));
  return missing;
}

/// Loads every plugin there is; adds what went wrong to `problems`.
std::size_t load_all(Registry& registry, std::vector<std::string>& diagnostics) {
  std::set<std::pair<PluginKind, std::string>> names;
  for (const PluginInfo& info : registry.plugins()) names.emplace(info.kind, info.name);
  std::size_t loaded = 0;
  for (const auto& [kind, name] : names) {
    try {
      registry.load(kind, name);
      ++loaded;
    } catch (const std::exception& error) {
      diagnostics.emplace_back(error.what());
    }
  }
  return loaded;
}

int doctor(const std::vector<std::string>& plugin_path) {
  const Terminal terminal = terminal_of(stdout);
  print_facts(terminal, "Descent", build_facts());
  print_facts(terminal, "Libraries", library_facts());
  print_facts(terminal, "Machine",
              {{"CPU", cpu_model()}, {"threads", std::to_string(std::thread::hardware_concurrency())}});
  if (const Facts environment = environment_facts(); !environment.empty())
    print_facts(terminal, "Environment", environment);
  flush(stdout);  // a plugin that kills the process when it is loaded shall not take this with it

  Registry registry = make_registry(plugin_path);
  std::vector<std::string> diagnostics = missing_folders();
  diagnostics.insert(diagnostics.end(), registry.diagnostics().begin(), registry.diagnostics().end());
  const std::size_t loaded = load_all(registry, diagnostics);
  if (loaded == 0) diagnostics.emplace_back("there is no plugin that can be used");

  print("{}\n", terminal.bold("Plugin folders"));
  for (const auto& folder : registry.folders()) print("  {}\n", folder.string());
  if (registry.folders().empty()) print("  none was found\n");
  print("  {} plugins, all loaded on trial\n\n", loaded);
  for (const std::string& warning : registry.warnings()) print("warning: {}\n", warning);
  for (const std::string& warning : run::environment_warnings()) print("warning: {}\n", warning);
  if (diagnostics.empty()) {
    print("{}\n", terminal.green("Nothing is wrong."));
    return exit_done;
  }
  print("{}\n", terminal.red("Wrong"));
  for (const std::string& problem : diagnostics) print("  {}\n", problem);
  return exit_failed;
}

}  // namespace

void add_doctor(CommandLine& program) {
  auto plugin_path = std::make_shared<std::vector<std::string>>();
  Command command = program.command("doctor", "Show how this program was built, and what is wrong with it");
  add_plugin_path(command, *plugin_path);
  command.footer(
      R"(Shows versions, compiler, processor, variables of the environment that the libraries which compute look at (DNNL_*,
OMP_* and the like), and the folders where plugins are looked for, and loads every plugin on trial.
Files in those folders that cannot be used are listed with the reason.

Exit codes: 0 nothing is wrong, 1 something is, and the last lines say what.

Examples:
  descent doctor
  descent doctor --plugin-path ~/plugins/build)");
  command.action([plugin_path] { return doctor(*plugin_path); });
}

}  // namespace descent::program

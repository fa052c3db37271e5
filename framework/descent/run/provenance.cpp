#include "descent/run/provenance.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>

#include "descent/base/build_info.hpp"
#include "descent/base/checksum.hpp"
#include "descent/kernels/gemm.hpp"
#include "descent/run/environment.hpp"

namespace descent::run {

static std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

static Value program_and_machine() {
  const BuildInfo& build = build_info();
  utsname system{};
  uname(&system);
  Value map = Value::map();
  map.set("descent_version", Value::of(build.version));
  map.set("git_commit", Value::of(build.git_commit));
  map.set("git_dirty", Value::of(build.git_dirty));
  map.set("scalar", Value::of(build.scalar));
  map.set("compiler", Value::of(build.compiler));
  map.set("compiler_flags", Value::of(build.flags));
  map.set("march", Value::of(build.instruction_set));
  map.set("gemm", Value::of(gemm_library()));
  map.set("host", Value::of(system.nodename));
  map.set("system", Value::of(fmt::format("{} {}", system.sysname, system.release)));
  map.set("cpu", Value::of(processor()));
  return map;
}

// Nothing where no such variable is set.
static void add_environment(Value& map) {
  Value environment = Value::list();
  for (const EnvironmentVariable& variable : computing_environment())
    environment.items().push_back(Value::of(variable.name + "=" + variable.value));
  if (!environment.items().empty()) map.set("environment", std::move(environment));
}

Value machine_provenance() {
  Value map = program_and_machine();
  add_environment(map);
  return map;
}

Value provenance(const experiment::Experiment& experiment, const std::vector<std::string>& arguments) {
  Value argument_list = Value::list();
  for (const std::string& argument : arguments) argument_list.items().push_back(Value::of(argument));
  Value map = Value::map();
  map.set("name", Value::of(experiment.name));
  map.set("seed", Value::of(static_cast<std::int64_t>(experiment.seed)));
  map.set("threads", Value::of(experiment.threads));
  Value machine = program_and_machine();
  for (Value::Entry& entry : machine.entries()) map.set(entry.key, std::move(entry.value));
  map.set("argv", std::move(argument_list));
  add_environment(map);
  return map;
}

std::vector<PluginInfo> used_plugins(const experiment::Experiment& experiment) {
  std::vector<PluginInfo> plugins;
  const auto add_plugin = [&](const LoadedPlugin& plugin) {
    const PluginInfo& info = plugin.info();
    const bool known = std::any_of(plugins.begin(), plugins.end(), [&](const PluginInfo& other) {
      return other.kind == info.kind && other.name == info.name && other.library == info.library;
    });
    if (!known) plugins.push_back(info);
  };
  const auto add = [&](const experiment::PluginUse& use) {
    add_plugin(*use.plugin);
    for (const LoadedPlugin* nested : use.nested) add_plugin(*nested);
  };
  const auto add_chain = [&](const auto& self, const experiment::Chain& chain) -> void {
    for (const experiment::Rule& rule : chain) {
      add(rule);
      self(self, rule.fallback);
    }
  };
  if (experiment.dataset) add(*experiment.dataset);
  add(experiment.model);
  for (const experiment::LossItem& item : experiment.losses) add(item);
  for (const experiment::ChainSpec& spec : experiment.optimizer) add_chain(add_chain, spec.rules);
  for (const experiment::MetricItem& item : experiment.metrics) add(item);
  return plugins;
}

std::vector<runlog::PluginRow> plugin_rows(const experiment::Experiment& experiment) {
  std::vector<runlog::PluginRow> rows;
  for (const PluginInfo& info : used_plugins(experiment))
    rows.push_back({kind_name(info.kind), info.name, build_info().version, info.library.string(),
                    sha256_of_file(info.library)});
  return rows;
}

}  // namespace descent::run
